//! One seed's world: a server, computers, the network between them, time, and what should be true. Owns the order in which things happen; what a
//! step does stands in `network`, `desk_steps` and `office_steps`.

use std::fmt::Arguments;
use std::path::PathBuf;
use std::sync::Arc;

use casework::CaseId;
use sync::{WireAnswer, WireRequest};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::clock::{OfficeClock, PcClock, Time};
use super::computer::{Computer, Setup};
use super::cover::Cover;
use super::dice::Dice;
use super::disks;
use super::model::{Model, Office};
use super::net::{Net, Place};
use super::plant::Plant;
use super::reaction::Signer;
use super::server::Server;
use super::step::Step;
use super::template::{Template, scratch};
use crate::network::trouble::{Trouble, unknown};

/// What a seed is run with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    pub(super) seed: u64,
    pub(super) steps: u32,
    pub(super) plant: Option<Plant>,
    /// Whether every step is told.
    pub(super) is_told: bool,
}

/// A backup with the part of the truth that it brings back.
pub(super) struct Backup {
    pub(super) file: PathBuf,
    pub(super) office: Office,
    pub(super) cases: usize,
}

/// A world.
pub(super) struct World<'a> {
    pub(super) template: &'a Template,
    pub(super) runtime: &'a Runtime,
    pub(super) plan: Plan,
    pub(super) dice: Dice,
    pub(super) time: Arc<Time>,
    pub(super) net: Net,
    pub(super) server: Server,
    pub(super) pcs: Vec<Computer>,
    pub(super) model: Model,
    pub(super) cover: Cover,
    /// Cases that were ever submitted.
    pub(super) cases: Vec<CaseId>,
    /// Requests that were given up and are still on their way; a server that ends takes its connections with it.
    pub(super) late: Vec<(Place, WireRequest)>,
    /// Receipts that came, for those that come again.
    pub(super) receipts: Vec<WireAnswer>,
    pub(super) backups: Vec<Backup>,
    pub(super) backups_made: u32,
    pub(super) revoked: Option<Place>,
    pub(super) has_moved_calendar: bool,
    /// Folds everything that happened into a number: the same seed, the same number.
    pub(super) print: u64,
    pub(super) folder: TempDir,
}

impl<'a> World<'a> {
    /// Copies the template and starts everything.
    pub(super) fn begin(template: &'a Template, runtime: &'a Runtime, plan: Plan) -> Result<Self, Trouble> {
        let folder = scratch()?;
        let time = Time::at(template.now_ms);
        let copy = |name: &str| {
            let to = folder.path().join(name);
            disks::copy(&template.folder(name), &to).map(|()| to).map_err(unknown("copying the office"))
        };
        let server = Server::start(copy("server")?, OfficeClock::new(&time), plan.plant)?;
        let net = Net::default();
        let mut pcs = Vec::new();
        for (no, vaults) in template.computers.iter().enumerate() {
            let part = u64::try_from(no).unwrap_or(0);
            let setup = Setup {
                no,
                folder: copy(&format!("pc{no}"))?,
                keychain: template.keychains[no].clone(),
                clock: Arc::new(PcClock::new(&time, 0)),
                net: net.clone(),
                dice: Dice::part(plan.seed, part),
                plant: plan.plant,
            };
            pcs.push(Computer::start(setup, vaults)?);
        }
        let model = Model::new(&template.evidence, &template.grants);
        Ok(Self {
            template,
            runtime,
            plan,
            dice: Dice::of(plan.seed),
            time,
            net,
            server,
            pcs,
            model,
            cover: Cover::default(),
            cases: template.cases.clone(),
            late: Vec::new(),
            receipts: Vec::new(),
            backups: Vec::new(),
            backups_made: 0,
            revoked: None,
            has_moved_calendar: false,
            print: 0xCBF2_9CE4_8422_2325,
            folder,
        })
    }

    /// Runs the faulty part.
    pub(super) fn run(&mut self) -> Result<(), Trouble> {
        let weights: Vec<(u64, Step)> = Step::ALL.into_iter().map(|step| (step.weight(), step)).collect();
        let mut done = 0;
        // A step that finds nothing to do is no step.
        for _ in 0..u64::from(self.plan.steps) * 20 {
            let Some(step) = self.dice.weighted(&weights) else { break };
            if !self.step(step)? {
                continue;
            }
            self.cover.step(step.word());
            self.settle_futures()?;
            self.must_be_unbroken()?;
            done += 1;
            if done >= self.plan.steps {
                return Ok(());
            }
        }
        Err(Trouble::Unknown(format!("only {done} of {} steps found something to do", self.plan.steps)))
    }

    /// Whoever can go on without the network does.
    pub(super) fn settle_futures(&mut self) -> Result<(), Trouble> {
        loop {
            let before = self.net.flights().len();
            let mut has_ended = false;
            for pc in &mut self.pcs {
                has_ended |= pc.poll()?;
            }
            if !has_ended && self.net.flights().len() == before {
                return Ok(());
            }
        }
    }

    /// A promise that was seen to be broken ends the run.
    pub(super) fn must_be_unbroken(&self) -> Result<(), Trouble> {
        match self.model.broken.first() {
            Some(what) => Err(Trouble::Broken(what.clone())),
            None => Ok(()),
        }
    }

    /// Who gives receipts here.
    pub(super) fn signer(&self) -> Signer<'a> {
        Signer { server_id: self.template.server_id, key: &self.template.receipt_key }
    }

    /// The place of a case among all, for people and for the print.
    pub(super) fn no_of(&self, case: CaseId) -> usize {
        self.cases.iter().position(|known| *known == case).unwrap_or(usize::MAX)
    }

    /// Something happened.
    pub(super) fn say(&mut self, what: Arguments<'_>) {
        let text = what.to_string();
        for byte in text.bytes() {
            self.print = (self.print ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3);
        }
        if self.plan.is_told {
            let seconds = (self.time.ms() - self.template.now_ms) / 1000;
            crate::output::line(&format!("  {seconds:>8} s  {text}"));
        }
    }
}
