//! What must hold of any bytes whatever, as functions that stop the program where it does not. The fuzz targets call them with bytes
//! that libFuzzer makes up, the tests with the seeds and with all that was ever found. They prove nothing about what a good pack says.

mod calendar_pack;

pub use calendar_pack::calendar_pack;
