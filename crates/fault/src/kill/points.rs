//! The fourteen moments of the test catalogue at which a process is killed, each with the place in the code where that happens, and the two
//! rows of random moments. Owns the table, not the killing.

/// Who is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Victim {
    /// The desktop core.
    Desk,
    /// The server.
    Server,
}

/// What the person does meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Story {
    /// A usual day on a computer that was used before: unlock, decide, take one back, lock, unlock, decide, sign out.
    Working,
    /// The first day: sign in on an empty computer, fetch cases with their photos, decide.
    FirstDay,
    /// The password was changed elsewhere and the old one is forgotten: a new cache, with decisions of the old one undelivered.
    NewCache,
}

/// One place in the code.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Id in the catalogue.
    pub id: &'static str,
    /// The moment in words.
    pub moment: &'static str,
    /// Who is killed.
    pub victim: Victim,
    /// The fail point's name.
    pub name: &'static str,
    /// Which hits are tried: from the first to this one, chosen by the seed. The story reaches all of them.
    pub hits: u32,
    /// What the person does meanwhile.
    pub story: Story,
}

const fn place(
    id: &'static str,
    moment: &'static str,
    victim: Victim,
    name: &'static str,
    hits: u32,
    story: Story,
) -> Place {
    Place { id, moment, victim, name, hits, story }
}

/// All places. Some moments have two, since they are reached on two ways.
pub const PLACES: &[Place] = {
    use Story::{FirstDay, NewCache, Working};
    use Victim::{Desk, Server};
    &[
        place("K-01", "before BEGIN", Desk, "vault::outbox::before-begin", 4, Working),
        place("K-02", "after INSERT, before COMMIT", Desk, "vault::outbox::after-insert", 4, Working),
        place("K-03", "after COMMIT, before the desk says so", Desk, "vault::outbox::after-commit", 4, Working),
        place("K-04", "before sending", Desk, "sync::deliver::before-send", 3, Working),
        place("K-05", "during the request's body", Desk, "sync::deliver::during-body", 3, Working),
        place("K-06", "before the server's commit", Server, "server::decide::before-commit", 3, Working),
        place(
            "K-06",
            "after the server's commit, before its answer",
            Server,
            "server::decide::after-commit",
            3,
            Working,
        ),
        place("K-07", "mid-response, the desk", Desk, "sync::deliver::mid-response", 3, Working),
        place("K-07", "mid-response, the server", Server, crate::half_answer::HALF_ANSWER, 3, Working),
        place("K-08", "after the response, before the local mark", Desk, "sync::deliver::after-response", 3, Working),
        place("K-08", "the same, in the vault", Desk, "vault::outbox::before-delivered", 3, Working),
        place("K-09", "after the mark, before the cache purge", Desk, "vault::outbox::after-delivered", 3, Working),
        place("K-09", "the same, at the purge", Desk, "vault::cases::before-purge", 1, Working),
        place("K-10", "at a checkpoint, before it", Desk, "vault::checkpoint::before", 3, Working),
        place("K-10", "at a checkpoint, after it", Desk, "vault::checkpoint::after", 3, Working),
        place(
            "K-11",
            "during migration, between statements",
            Desk,
            "vault::migration::between-statements",
            12,
            FirstDay,
        ),
        place("K-11", "during migration, before COMMIT", Desk, "vault::migration::before-commit", 3, FirstDay),
        place("K-12", "during the change to new keys", Desk, "vault::retire::after-header", 1, NewCache),
        place("K-13", "during image download", Desk, "vault::renditions::before-put", 4, FirstDay),
        place("K-13", "the same, after one was kept", Desk, "vault::renditions::after-put", 4, FirstDay),
        place("K-14", "during sign-out and wipe", Desk, "vault::wipe::between-files", 1, Working),
        place("K-14", "the same, after the files", Desk, "vault::wipe::after-files", 1, Working),
    ]
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// K-01…K-14: each is there.
    #[test]
    fn every_moment_of_the_catalogue_has_a_place() {
        let ids: BTreeSet<&str> = PLACES.iter().map(|place| place.id).collect();
        let wanted: Vec<String> = (1..=14).map(|number| format!("K-{number:02}")).collect();
        assert_eq!(ids.into_iter().collect::<Vec<_>>(), wanted);
    }

    #[test]
    fn every_place_of_the_vault_is_one_that_the_vault_has() {
        for place in PLACES.iter().filter(|place| place.name.starts_with("vault::")) {
            assert!(vault::FAIL_POINTS.contains(&place.name), "{}", place.name);
        }
    }
}
