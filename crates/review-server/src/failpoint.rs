//! Named points at which the fault harness kills or breaks this program. Without the cargo feature `failpoints` there is nothing here.

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
