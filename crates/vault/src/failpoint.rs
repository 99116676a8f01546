//! Named places at which a test can stop or kill the program. Compiled only with the feature `failpoints`, which no shipped build has; without
//! it nothing of this is left in the code.

/// All names, so that a harness can go through them. Each stands in the code exactly once.
#[doc(hidden)]
pub const FAIL_POINTS: &[&str] = &[
    "vault::outbox::before-begin",
    "vault::outbox::after-insert",
    "vault::outbox::after-commit",
    "vault::outbox::after-sending",
    "vault::outbox::before-delivered",
    "vault::outbox::after-delivered",
    "vault::outbox::after-purge",
    "vault::cases::before-purge",
    "vault::cases::after-purge",
    "vault::wipe::between-files",
    "vault::wipe::after-files",
    "vault::checkpoint::before",
    "vault::checkpoint::after",
    "vault::migration::between-statements",
    "vault::migration::before-commit",
    "vault::renditions::before-put",
    "vault::renditions::after-put",
    "vault::retire::after-header",
    "vault::salvage::before-swap",
    "vault::salvage::between-renames",
];

#[cfg(feature = "failpoints")]
macro_rules! fail_point {
    ($name:literal) => {
        fail::fail_point!($name)
    };
}

#[cfg(not(feature = "failpoints"))]
macro_rules! fail_point {
    ($name:literal) => {};
}

pub(crate) use fail_point;
