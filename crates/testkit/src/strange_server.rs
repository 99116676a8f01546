//! Addresses at which no review server answers: nobody at all, or a page of HTML as a captive portal serves it.

use std::io::{self, Read, Write};
use std::net::TcpListener;

/// An address on loopback at which nobody listens.
///
/// # Errors
/// No free port.
pub fn nobody() -> io::Result<String> {
    Ok(format!("http://{}", TcpListener::bind(("127.0.0.1", 0))?.local_addr()?))
}

/// An address at which every request is answered with 200 and a page of HTML, a few times; then nobody listens any more.
///
/// # Errors
/// No free port.
pub fn captive_portal() -> io::Result<String> {
    const PAGE: &str = "<!doctype html><title>Log in to the network</title>";
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = format!("http://{}", listener.local_addr()?);
    std::thread::spawn(move || {
        for stream in listener.incoming().take(8) {
            let Ok(mut stream) = stream else { return };
            let mut request = [0u8; 4096];
            // Whatever was asked, and whether or not the asker waits for it: the answer is the page.
            let _ = stream.read(&mut request);
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{PAGE}",
                PAGE.len()
            );
        }
    });
    Ok(address)
}
