//! The operator's whole way through the program, as docs/calendar.md tells it: key, trust, notice, pack, check, preview, activation, export.

use std::path::Path;
use std::process::Output;

use crate::program::{program, run, text};

/// A made-up notice for 2027, and a region.
const NOTICE: &str = r#"
year = 2027
number = "国办发明电〔2026〕0号"
issued = 2026-11-25
off = [
    { holiday = "元旦", from = 2027-01-01, until = 2027-01-03, total = 3 },
    { holiday = "春节", from = 2027-02-05, until = 2027-02-11 },
    { holiday = "清明节", from = 2027-04-03, until = 2027-04-05 },
    { holiday = "劳动节", from = 2027-05-01, until = 2027-05-05 },
    { holiday = "端午节", from = 2027-06-09 },
    { holiday = "中秋节", from = 2027-09-15 },
    { holiday = "国庆节", from = 2027-10-01, until = 2027-10-07 },
]
make_up = [
    { date = 2027-01-30, for = "春节", weekday = "周六" },
    { date = 2027-02-20, for = "春节" },
    { date = 2027-05-08, for = "劳动节" },
    { date = 2027-10-09, for = "国庆节" },
]

[[region]]
code = "xj"
name = "新疆"

[[region.off]]
holiday = "古尔邦节"
source = "自治区"
from = 2027-05-17
until = 2027-05-19
"#;

const PASSPHRASE: &str = "a passphrase of some length\n";

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// Runs `calendar` with the words of a line; `@name` is a path in the folder.
    fn calendar(&self, line: &str, input: &str) -> Output {
        let mut words = vec!["calendar".to_owned()];
        words.extend(line.split_whitespace().map(|word| match word.strip_prefix('@') {
            Some(name) => self.path(name),
            None => word.to_owned(),
        }));
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        run(&words, input)
    }

    fn done(&self, line: &str, input: &str) -> String {
        let output = self.calendar(line, input);
        assert!(output.status.success(), "{line}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    fn refused(&self, line: &str, input: &str) -> String {
        let output = self.calendar(line, input);
        assert!(!output.status.success(), "{line}: {}", text(&output.stdout));
        text(&output.stderr)
    }

    /// Makes a key and gives its public half.
    fn key(&self, name: &str) -> String {
        let told = self.done(&format!("key --secret @{name} --passphrase-stdin"), PASSPHRASE);
        told.trim().strip_prefix("public key: ").unwrap().to_owned()
    }

    /// Done on the day after the pack of these tests was issued.
    fn on_the_26th(&self, line: &str) -> String {
        self.done(&format!("{line} --now 2026-11-26T10:00:00+08:00"), "")
    }

    fn build(&self, key: &str, out: &str, more: &str) -> String {
        std::fs::write(self.path("notice.toml"), NOTICE).unwrap();
        let line = format!("build --notice @notice.toml --sign-with @{key} --passphrase-stdin --out @{out} {more}");
        self.done(&line, PASSPHRASE)
    }
}

fn pack_file(path: &Path) -> working_days::SignedPack {
    working_days::SignedPack::parse(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn a_notice_becomes_a_pack_in_force() {
    let desk = Desk::new();
    let key = desk.key("secret");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(desk.path("secret")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let told = desk.done(&format!("trust --data @data --slot 1 --public-key {key}"), "");
    assert!(told.contains(&key) && told.contains("empty"), "{told}");

    let told = desk.build("secret", "pack.json", "--data @data --issued-at 2026-11-25T18:00+08:00");
    assert!(
        told.contains("2026112501") && told.contains("2027 becomes official") && told.contains("region xj"),
        "{told}"
    );
    // Typed wrong, it would be seen: the new year is listed as it was read.
    assert!(
        told.contains("2027-02-05 to 2027-02-11 春节") && told.contains("2027-01-30 Sat worked for 春节"),
        "{told}"
    );
    let told = desk.on_the_26th("check @pack.json --data @data");
    assert!(told.contains("by a key that is trusted here"), "{told}");
    desk.done(&format!("check @pack.json --public-key {key}"), "");
    assert!(desk.done("check @pack.json", "").contains("not checked"));
    let told = desk.on_the_26th("preview --data @data @pack.json");
    assert!(told.contains("open cases      0"), "{told}");

    assert!(
        desk.refused("activate --data @data @pack.json --now 2026-11-26T10:00:00+08:00", "2026112501\n")
            .contains("--yes")
    );
    assert!(desk.done("show --data @data", "").contains("never: it came with the program"));
    let told = desk.on_the_26th("activate --data @data @pack.json --yes --by 张三");
    assert!(told.contains("calendar pack 2026112501 is in force"), "{told}");
    let shown = desk.on_the_26th("show --data @data");
    for part in ["2026112501", "by 张三", "2027-12-31", "good", "xj 新疆, 3 days off", &key] {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }

    desk.done("export --data @data --out @export.json", "");
    let exported = pack_file(Path::new(&desk.path("export.json")));
    assert_eq!(exported, pack_file(Path::new(&desk.path("pack.json"))));
    assert!(desk.refused("export --data @data --out @export.json", "").contains("exists already"));
    let days = desk.done("days 2027-05-16 2027-05-18 --pack @export.json --region xj", "");
    assert_eq!(days, "date,is_workday,kind\n2027-05-16,0,weekend\n2027-05-17,0,古尔邦节\n2027-05-18,0,古尔邦节\n");

    run(
        &[
            "account",
            "create",
            "--data",
            &desk.path("data"),
            "--account",
            "li",
            "--role",
            "reviewer",
            "--office",
            "乌鲁木齐",
            "--display-name",
            "李",
        ],
        "",
    );
    assert!(desk.refused("region --data @data --office 乌鲁木齐 --code tibet --yes", "").contains("no region tibet"));
    desk.done("region --data @data --office 乌鲁木齐 --code xj --yes", "");
    assert!(desk.done("show --data @data", "").contains("乌鲁木齐, region xj"));
    desk.done("region --data @data --office 乌鲁木齐 --none --yes", "");
    assert!(desk.done("show --data @data", "").contains("乌鲁木齐, region none"));
}

#[test]
fn what_is_not_trusted_or_not_a_pack_is_refused_with_a_clear_sentence() {
    let desk = Desk::new();
    let key = desk.key("secret");
    desk.build("secret", "pack.json", "--issued-at 2026-11-25T18:00+08:00");
    let activate =
        |file: &str| desk.refused(&format!("activate --data @data @{file} --yes --now 2026-11-26T10:00:00+08:00"), "");
    assert!(activate("pack.json").contains("no key is trusted here yet"));
    let other = desk.key("other");
    desk.done(&format!("trust --data @data --slot 2 --public-key {other}"), "");
    assert!(activate("pack.json").contains("signed by a key that is not trusted here"));
    desk.done(&format!("trust --data @data --slot 1 --public-key {key}"), "");

    let whole = std::fs::read(desk.path("pack.json")).unwrap();
    std::fs::write(desk.path("cut.json"), &whole[..whole.len() / 2]).unwrap();
    assert!(activate("cut.json").contains("malformed"));
    let changed = String::from_utf8(whole).unwrap().replacen("2027-02-05", "2027-02-04", 1);
    std::fs::write(desk.path("changed.json"), changed).unwrap();
    assert!(activate("changed.json").contains("changed after it was signed"));
    std::fs::write(desk.path("empty.json"), "").unwrap();
    assert!(activate("empty.json").contains("malformed"));
    // A file of 100 MB with nothing in it: no more of it is read than a pack can have.
    let huge = std::fs::File::create(desk.path("huge.json")).unwrap();
    huge.set_len(100_000_000).unwrap();
    assert!(activate("huge.json").contains("larger than 1 MiB"));
    let unsigned = r#"{"pack":"{}","signature":null}"#;
    std::fs::write(desk.path("unsigned.json"), unsigned).unwrap();
    assert!(activate("unsigned.json").contains("not signed"));
    assert!(desk.done("show --data @data", "").contains("never: it came with the program"));

    desk.on_the_26th("activate --data @data @pack.json --yes");
    assert!(activate("pack.json").contains("is not newer than pack 2026112501"));
}

#[test]
fn keys_and_packs_are_made_with_care() {
    let desk = Desk::new();
    let key = desk.key("secret");
    assert!(desk.refused("key --secret @secret --passphrase-stdin", PASSPHRASE).contains("exists already"));
    assert!(desk.refused("key --secret @short --passphrase-stdin", "short\n").contains("at least 8 characters"));
    std::fs::write(desk.path("notice.toml"), NOTICE).unwrap();
    let build = "build --notice @notice.toml --sign-with @secret --passphrase-stdin --out @pack.json";
    assert!(desk.refused(build, "another passphrase\n").contains("Wrong password"));
    assert!(!Path::new(&desk.path("pack.json")).exists());
    std::fs::write(desk.path("notice.toml"), NOTICE.replace("2027-05-08", "2027-05-07")).unwrap();
    let refused = desk.refused(build, PASSPHRASE);
    assert!(refused.contains("notice.toml, line 17") && refused.contains("周五"), "{refused}");
    assert!(desk.refused("trust --data @data --slot 1 --public-key RWnonsense", "").contains("cannot be read"));
    assert!(!desk.calendar(&format!("trust --data @data --slot 3 --public-key {key}"), "").status.success());
    desk.done(&format!("trust --data @data --slot 1 --public-key {key}"), "");
    assert!(desk.refused("trust --data @data --slot 1 --clear", "").contains("other slot"));
    assert!(desk.done("trust --data @data --slot 1 --clear --break-trust", "").contains("key slot 1      empty"));
    // The passphrase and the key are nowhere in the data.
    for entry in std::fs::read_dir(desk.path("data")).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let needle = PASSPHRASE.trim().as_bytes();
        assert!(!bytes.windows(needle.len()).any(|window| window == needle));
    }
}

#[test]
fn a_task_that_only_reads_makes_no_database() {
    let desk = Desk::new();
    let key = desk.key("secret");
    desk.build("secret", "pack.json", "--issued-at 2026-11-25T18:00+08:00");
    let build = "build --notice @notice.toml --sign-with @secret --passphrase-stdin --out @other.json";
    for line in [
        "show --data @none",
        "check @pack.json --data @none",
        "preview --data @none @pack.json",
        "export --data @none --out @export.json",
        &format!("{build} --data @none"),
    ] {
        let refused = desk.refused(line, PASSPHRASE);
        assert!(refused.contains("there is no database of a review server in"), "{line}: {refused}");
        assert!(!Path::new(&desk.path("none")).exists(), "{line}");
    }
    // What was said wins over the environment, and an empty name there is none.
    let with = |line: &str, input: &str| {
        let line = line.replace('@', &desk.path(""));
        let words: Vec<&str> = line.split_whitespace().collect();
        let mut command = program(&words);
        command.env("REVIEW_SERVER_DATA", desk.path("none")).env("USER", "");
        let mut child = command.spawn().unwrap();
        let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{line}: {}", text(&output.stderr));
        text(&output.stdout)
    };
    assert!(with(&format!("calendar check @pack.json --public-key {key}"), "").contains("by the key that was given"));
    let again = NOTICE.replace("2027-02-20", "2027-02-21");
    std::fs::write(desk.path("notice.toml"), again).unwrap();
    let built = with(&format!("calendar {build} --base @pack.json --issued-at 2026-11-25T19:00+08:00"), PASSPHRASE);
    assert!(built.contains("against pack 2026112501"), "{built}");
    assert!(!Path::new(&desk.path("none")).exists());
    desk.done(&format!("trust --data @data --slot 1 --public-key {key}"), "");
    with("calendar activate --data @data @pack.json --yes --now 2026-11-26T10:00:00+08:00", "");
    assert!(desk.done("show --data @data", "").contains("by operator"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_closed_pipe_is_a_quiet_end_and_a_full_disk_is_told() {
    for arguments in [&["calendar", "days", "2016-01-01", "2016-01-02"] as &[&str], &["openapi"]] {
        let mut command = program(arguments);
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ended = command.stdout(writer).spawn().unwrap().wait_with_output().unwrap();
        assert_eq!((ended.status.code(), text(&ended.stderr).as_str()), (Some(0), ""), "{arguments:?}");
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let ended = program(arguments).stdout(full).spawn().unwrap().wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(1), "{arguments:?}");
        assert!(text(&ended.stderr).contains("cannot be written"), "{}", text(&ended.stderr));
    }
    // With nobody to complain to, the code still says that it failed.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let ended = program(&["calendar", "days", "2016-01-02", "2016-01-01"]).stderr(writer).spawn().unwrap().wait();
    assert_eq!(ended.unwrap().code(), Some(1));
}
