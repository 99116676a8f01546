//! What a crash leaves on a disk: everything that was written, when a process dies; what was synced, when the power goes. The folder stands in
//! memory, so both are made by hand, by a copy.

use std::path::Path;

use super::dice::Dice;
use crate::power;

/// Whether the power goes with the process, and the dice that say which writes reach the disk all the same.
pub(super) type Power<'a> = Option<&'a mut Dice>;

/// Ends whoever works in a folder, by `die`, and leaves there what a crash leaves.
pub(super) fn crash(folder: &Path, power: Power<'_>, die: impl FnOnce()) -> std::io::Result<()> {
    let aside = folder.with_extension("aside");
    copy(folder, &aside)?;
    if let Some(dice) = power {
        power::lose(folder, &aside, &mut || dice.number())?;
    }
    // Whatever is still written by the end goes to the files that are thrown away.
    die();
    std::fs::remove_dir_all(folder)?;
    std::fs::rename(&aside, folder)?;
    power::forget(folder);
    Ok(())
}

/// Copies a folder with everything in it but what only lives while a process does.
pub(super) fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (name, target) = (entry.file_name(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else if !name.to_string_lossy().ends_with("-shm") {
            std::fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}
