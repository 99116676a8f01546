//! `account`: create, reset, unlock, disable, assign. A password comes on standard input, or one is made up and printed once.

use std::io::BufRead;

use base64::Engine;
use casework::Role;
use clap::{Args, Subcommand, ValueEnum};
use review_server::admin::{self, NewAccount};
use zeroize::Zeroizing;

use crate::command::{CommandError, DataFolder};
use crate::output;

#[derive(Debug, Subcommand)]
pub(crate) enum Account {
    /// Make an account, and its office when that is missing.
    Create(Create),
    /// Give a new password, unlock and open the account, and end its sessions.
    Reset(WithPassword),
    /// Let a name that is locked after wrong passwords try again at once.
    Unlock(Named),
    /// Close an account: its tokens are refused from now on.
    Disable(Named),
    /// Give another role or office.
    Assign(Assign),
}

#[derive(Debug, Args)]
pub(crate) struct Named {
    #[command(flatten)]
    pub(super) data: DataFolder,
    /// The sign-in name.
    #[arg(long)]
    pub(super) account: String,
}

#[derive(Debug, Args)]
pub(crate) struct Password {
    /// Read the password from the first line of standard input; without it one is made up and printed.
    #[arg(long)]
    password_stdin: bool,
}

#[derive(Debug, Args)]
pub(crate) struct WithPassword {
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    password: Password,
}

#[derive(Debug, Args)]
pub(crate) struct Create {
    #[command(flatten)]
    named: Named,
    #[arg(long, value_enum)]
    role: RoleArgument,
    /// The office's name.
    #[arg(long)]
    office: String,
    /// The name that colleagues see.
    #[arg(long)]
    display_name: String,
    #[command(flatten)]
    password: Password,
}

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("what").required(true).multiple(true).args(["role", "office"])))]
pub(crate) struct Assign {
    #[command(flatten)]
    named: Named,
    #[arg(long, value_enum)]
    role: Option<RoleArgument>,
    /// The office's name; made when it is missing.
    #[arg(long)]
    office: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum RoleArgument {
    Reviewer,
    Supervisor,
    Auditor,
}

impl From<RoleArgument> for Role {
    fn from(role: RoleArgument) -> Self {
        match role {
            RoleArgument::Reviewer => Self::Reviewer,
            RoleArgument::Supervisor => Self::Supervisor,
            RoleArgument::Auditor => Self::Auditor,
        }
    }
}

impl Password {
    /// The password, and whether it has to be told.
    fn get(&self) -> Result<(Zeroizing<String>, bool), CommandError> {
        let fault = |source| CommandError::Io { what: "the password cannot be read".to_owned(), source };
        if self.password_stdin {
            let mut line = Zeroizing::new(String::new());
            std::io::stdin().lock().read_line(&mut line).map_err(fault)?;
            return Ok((Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned()), false));
        }
        let mut bytes = Zeroizing::new([0u8; 15]);
        getrandom::fill(&mut bytes[..]).map_err(|error| fault(std::io::Error::other(error.to_string())))?;
        Ok((Zeroizing::new(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&bytes[..])), true))
    }
}

fn tell(password: &str, is_new: bool) -> Result<(), CommandError> {
    if is_new {
        output::line(&format!("password: {password}"))?;
    }
    Ok(())
}

impl Account {
    pub(crate) fn run(self) -> Result<(), CommandError> {
        match self {
            Self::Create(create) => {
                let (password, is_made_up) = create.password.get()?;
                let state = create.named.data.open()?;
                let new = NewAccount {
                    name: &create.named.account,
                    display_name: &create.display_name,
                    role: create.role.into(),
                    office: &create.office,
                    password: &password,
                };
                let id = admin::create_account(&state, &new)?;
                output::line(&format!("account: {id}"))?;
                output::line(&format!("office: {}", admin::ensure_office(&state, &create.office)?))?;
                tell(&password, is_made_up)?;
            }
            Self::Reset(WithPassword { named, password }) => {
                let (password, is_made_up) = password.get()?;
                admin::reset_account(&named.data.open()?, &named.account, &password)?;
                tell(&password, is_made_up)?;
            }
            Self::Unlock(named) => admin::unlock_account(&named.data.open()?, &named.account)?,
            Self::Disable(named) => admin::disable_account(&named.data.open()?, &named.account)?,
            Self::Assign(Assign { named, role, office }) => {
                admin::assign_account(&named.data.open()?, &named.account, role.map(Role::from), office.as_deref())?;
            }
        }
        Ok(())
    }
}
