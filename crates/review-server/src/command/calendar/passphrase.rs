//! The passphrase of a secret key: from standard input, or typed unseen at a terminal. Never an argument, which others can see.

use std::io::BufRead;

use clap::Args;
use zeroize::Zeroizing;

use crate::command::CommandError;

#[derive(Debug, Args)]
pub(super) struct Passphrase {
    /// Read the passphrase from the first line of standard input instead of asking for it.
    #[arg(long)]
    passphrase_stdin: bool,
}

impl Passphrase {
    /// The passphrase of a key that is there.
    pub(super) fn get(&self) -> Result<Zeroizing<String>, CommandError> {
        if !self.passphrase_stdin {
            return typed("Passphrase: ");
        }
        let mut line = Zeroizing::new(String::new());
        std::io::stdin().lock().read_line(&mut line).map_err(failed)?;
        Ok(Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned()))
    }

    /// The passphrase of a new key; typed twice.
    pub(super) fn get_new(&self) -> Result<Zeroizing<String>, CommandError> {
        let passphrase = self.get()?;
        if !self.passphrase_stdin && *typed("Once more: ")? != *passphrase {
            return Err(CommandError::PassphrasesDiffer);
        }
        Ok(passphrase)
    }
}

fn typed(prompt: &str) -> Result<Zeroizing<String>, CommandError> {
    rpassword::prompt_password(prompt).map(Zeroizing::new).map_err(failed)
}

fn failed(source: std::io::Error) -> CommandError {
    CommandError::Io { what: "the passphrase cannot be read".to_owned(), source }
}
