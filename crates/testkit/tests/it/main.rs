//! All tests of the kit.

#[cfg(test)]
mod calendar;
#[cfg(test)]
mod canary;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod drawing;
#[cfg(test)]
mod operating;
#[cfg(test)]
mod people;
#[cfg(test)]
mod running;
