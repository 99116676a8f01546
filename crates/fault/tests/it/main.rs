//! The network runs as tests, each under its id in the catalogue. What a row does and promises stands in `src/network`.

mod network;
