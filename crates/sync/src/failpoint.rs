//! Named points at which the fault harness kills, delays or breaks this program. Without the cargo feature `failpoints` there is nothing
//! here, and no release build has it.

/// A fail point. With a second argument, what the function returns when the point is set to `return`.
macro_rules! failpoint {
    ($name:literal) => {
        #[cfg(feature = "failpoints")]
        fail::fail_point!($name);
    };
    ($name:literal, $returns:expr) => {
        #[cfg(feature = "failpoints")]
        fail::fail_point!($name, |_| $returns);
    };
}

pub(crate) use failpoint;
