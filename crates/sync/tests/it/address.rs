//! Which addresses a desktop talks to.

use sync::{AddressError, ServerAddress};

#[test]
fn https_goes_anywhere_and_is_written_in_one_form() {
    for (typed, written) in [
        ("https://review.example.cn", "https://review.example.cn"),
        ("  https://REVIEW.example.cn:443/  ", "https://review.example.cn"),
        ("https://10.0.0.8:8443", "https://10.0.0.8:8443"),
        ("https://review.example.cn//desk//", "https://review.example.cn/desk"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
    ] {
        let address = ServerAddress::parse(typed).unwrap();
        assert_eq!(address.to_string(), written, "{typed}");
        assert!(address.is_https() && !address.is_loopback());
    }
}

#[test]
fn plain_http_reaches_this_computer_only() {
    for typed in
        ["http://127.0.0.1:8080", "http://127.9.9.9", "http://[::1]:8080", "http://localhost:1", "http://LOCALHOST"]
    {
        assert!(ServerAddress::parse(typed).unwrap().is_loopback(), "{typed}");
    }
    for typed in [
        "http://review.example.cn",
        "http://10.0.0.8",
        "http://127.0.0.1.example.cn",
        "http://localhost.example.cn",
        "http://0.0.0.0",
        "http://[::ffff:127.0.0.1]",
        "http://128.0.0.1",
    ] {
        assert_eq!(ServerAddress::parse(typed), Err(AddressError::Insecure), "{typed}");
    }
}

#[test]
fn what_is_no_server_address_is_refused() {
    for typed in [
        "",
        "review.example.cn",
        "//review.example.cn",
        "ftp://review.example.cn",
        "file:///etc/passwd",
        "data:text/plain,x",
        "https://",
        "https://li:secret@review.example.cn",
        "https://li@review.example.cn",
        "https://review.example.cn/?a=1",
        "https://review.example.cn/#x",
        "https://review.example.cn:99999",
        "https://exa mple.cn",
    ] {
        assert_eq!(ServerAddress::parse(typed), Err(AddressError::BadAddress), "{typed}");
    }
}
