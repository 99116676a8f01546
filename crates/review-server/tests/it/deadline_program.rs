//! `deadline` and `calendar days` as scripts meet them: every vector and every day of the customer's, whatever the computer's zone, and
//! lines that are not as they should be.

use std::io::{BufRead, BufReader, Read, Write};

use crate::program::{program, run, text};

const VECTORS: &str = include_str!("../../../working-days/tests/vectors/deadline-vectors.csv");
const DAYS: &str = include_str!("../../../working-days/tests/vectors/workdays-2016-2022.csv");

/// The vectors without their note, which is the tenth column.
fn expected() -> String {
    let lines = VECTORS.lines().map(|line| line.splitn(10, ',').take(9).collect::<Vec<_>>().join(","));
    lines.map(|line| line + "\n").collect()
}

fn in_zone(arguments: &[&str], zone: Option<&str>, input: &str) -> String {
    let mut command = program(arguments);
    command.env_remove("TZ");
    if let Some(zone) = zone {
        command.env("TZ", zone);
    }
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writing = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stderr), "");
    text(&output.stdout)
}

#[test]
fn every_vector_and_every_day_is_answered_alike_in_every_zone() {
    for zone in [None, Some("UTC"), Some("Asia/Urumqi"), Some("America/New_York"), Some("Asia/Shanghai")] {
        assert_eq!(in_zone(&["deadline", "--batch"], zone, VECTORS), expected(), "{zone:?}");
        assert_eq!(in_zone(&["calendar", "days", "2016-01-01", "2022-12-31"], zone, ""), DAYS, "{zone:?}");
    }
}

#[test]
fn the_head_is_printed_when_it_was_given() {
    let line = "2026-02-05T10:00+08:00,P0\n";
    let answer = "2026-02-05T10:00+08:00,P0,2026-02-05T10:00:00+08:00,2026-02-05,2026-02-06,2026-02-14,2026-02-14T17:00:00+08:00,2026-02-15T00:00:00+08:00,final\n";
    assert_eq!(in_zone(&["deadline", "--batch"], None, line), answer);
    let head = expected().lines().next().unwrap().to_owned() + "\n";
    for given in ["submitted_at,policy", "submitted_at,policy,note", "\u{feff}submitted_at,policy\r"] {
        assert_eq!(in_zone(&["deadline", "--batch"], None, &format!("{given}\n{line}")), head.clone() + answer);
    }
    assert_eq!(in_zone(&["deadline", "--batch"], None, ""), "");
}

#[test]
fn a_line_that_cannot_be_read_is_answered_as_such_and_the_others_go_on() {
    let input = "\n2026-02-05T10:00:00+08:00,P0\r\n  \r\n2026-02-05T10:00:00,P0\nyesterday,P0,\"note, with \"\"quotes\"\n\
                 2026-02-05T10:00:00+08:00\n2026-02-05T10:00:00+08:00,P9\n\"a,b\",P0\n2026-02-30T10:00:00+08:00,P0\n\
                 2040-01-01T00:00:00Z,P1,x,y\n \"2026-02-05T02:00:00Z\" , P2 ,\"unfinished\n2026-02-05T10:00:00.5+08:00,P0";
    let output = run(&["deadline", "--batch"], input);
    assert_eq!(output.status.code(), Some(1));
    let answered = text(&output.stdout);
    let lines: Vec<&str> = answered.lines().collect();
    let due = "2026-02-05,2026-02-06,2026-02-14,2026-02-14T17:00:00+08:00,2026-02-15T00:00:00+08:00,final";
    assert_eq!(
        lines,
        [
            format!("2026-02-05T10:00:00+08:00,P0,2026-02-05T10:00:00+08:00,{due}").as_str(),
            "2026-02-05T10:00:00,P0,,,,,,,invalid",
            "yesterday,P0,,,,,,,invalid",
            "2026-02-05T10:00:00+08:00,,,,,,,,invalid",
            "2026-02-05T10:00:00+08:00,P9,,,,,,,invalid",
            "\"a,b\",P0,,,,,,,invalid",
            "2026-02-30T10:00:00+08:00,P0,,,,,,,invalid",
            "2040-01-01T00:00:00Z,P1,2040-01-01T08:00:00+08:00,,,,,,out_of_range",
            "2026-02-05T02:00:00Z,P2,2026-02-05T10:00:00+08:00,2026-02-05,2026-02-05,2026-02-13,2026-02-13T17:00:00+08:00,2026-02-14T00:00:00+08:00,final",
            format!("2026-02-05T10:00:00.5+08:00,P0,2026-02-05T10:00:00.500+08:00,{due}").as_str(),
        ]
    );
    assert!(!answered.contains('\r'));
    let complaints = text(&output.stderr);
    for line in [4, 5, 6, 7, 8, 9] {
        assert!(complaints.contains(&format!("line {line} ")), "{complaints}");
    }
    assert!(complaints.contains("could not be read: 6"), "{complaints}");
}

#[test]
fn bytes_that_are_no_text_are_echoed_and_nothing_else_suffers() {
    let mut child = program(&["deadline", "--batch"]).spawn().unwrap();
    let input = [b"\xff\xfe,P0\n".as_slice(), &vec![b'x'; 20_000_000], b"\n2026-02-05T10:00+08:00,P0\n"].concat();
    let mut stdin = child.stdin.take().unwrap();
    let writing = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap();
    let lines: Vec<&[u8]> = output.stdout.split(|byte| *byte == b'\n').collect();
    assert_eq!(lines[0], b"\xff\xfe,P0,,,,,,,invalid");
    assert_eq!(lines[1], b",,,,,,,,invalid", "a line longer than any line is not repeated");
    assert!(lines[2].ends_with(b",final"));
}

#[test]
fn whoever_waits_for_each_answer_gets_it() {
    let mut child = program(&["deadline", "--batch"]).spawn().unwrap();
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
    for _ in 0..3 {
        stdin.write_all(b"2026-02-05T10:00+08:00,P0\n").unwrap();
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert!(line.ends_with(",final\n"), "{line}");
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    for arguments in [&["deadline", "--batch"] as &[&str], &["calendar", "days", "2016-01-01", "2027-12-31"]] {
        let mut child = program(arguments).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let writing = std::thread::spawn(move || {
            let lines = "2026-02-05T10:00:00+08:00,P0\n".repeat(50_000);
            let _ = stdin.write_all(lines.as_bytes());
        });
        let mut first = [0; 10];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        let output = child.wait_with_output().unwrap();
        writing.join().unwrap();
        assert!(output.status.success(), "{arguments:?} {output:?}");
        assert_eq!(text(&output.stderr), "");
    }
}

#[test]
fn one_deadline_is_told_explained_and_written_as_json() {
    let told = run(&["deadline", "2026-02-05T10:00+08:00"], "");
    let told = text(&told.stdout);
    assert!(told.contains("2026-02-14 Sat") && told.contains("final") && !told.contains("2026-02-09"), "{told}");
    let explained = text(&run(&["deadline", "2026-02-05T10:00+08:00", "--explain"], "").stdout);
    assert!(explained.contains("2026-02-14 Sat  day 7  makeup for 春节"), "{explained}");
    assert!(explained.contains("2026-02-05 Thu         workday; submitted"), "{explained}");
    let json = run(&["deadline", "2026-12-23T10:00+08:00", "--policy", "P1", "--json"], "");
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "day1",
            "days",
            "due_business_close",
            "due_date",
            "due_end_of_day_exclusive",
            "earliest",
            "latest",
            "missing_year",
            "pack",
            "policy",
            "policy_version",
            "receipt_day",
            "region",
            "status",
            "submitted_at"
        ]
    );
    assert_eq!((&json["status"], &json["missing_year"]), (&"provisional".into(), &2027.into()));
    let last = json["days"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["number"], &last["is_provisional"], &last["date"]), (&7.into(), &true.into(), &json["due_date"]));
    let out_of_range = run(&["deadline", "2040-01-01T00:00Z"], "");
    assert!(out_of_range.status.success() && text(&out_of_range.stdout).contains("out_of_range"));
}

#[test]
fn what_cannot_be_asked_is_refused_with_a_sentence() {
    for (arguments, sentence) in [
        (&["deadline", "2026-02-05T10:00"] as &[&str], "the offset is needed"),
        (&["deadline", "2026-02-05T10:00+08:00", "--policy", "P7"], "P0, P1 and P2"),
        (&["deadline"], "required"),
        (&["calendar", "days", "2015-12-31", "2016-01-02"], "from 2016-01-01 to 2027-12-31 only"),
        (&["calendar", "days", "2026-01-01", "2028-01-01"], "from 2016-01-01 to 2027-12-31 only"),
        (&["calendar", "days", "2026-01-02", "2026-01-01"], "before the first"),
        (&["calendar", "days", "2026-1-2", "2026-01-03"], "2026-12-31"),
        (&["deadline", "2026-02-05T10:00+08:00", "--region", "xj"], "no region xj"),
        (&["deadline", "2026-02-05T10:00+08:00", "--pack", "no-such-file"], "no-such-file cannot be read"),
    ] {
        let refused = run(arguments, "");
        assert!(!refused.status.success() && refused.stdout.is_empty(), "{arguments:?}");
        assert!(text(&refused.stderr).contains(sentence), "{arguments:?}: {}", text(&refused.stderr));
    }
}

#[test]
fn days_that_no_notice_settles_are_marked() {
    let days = text(&run(&["calendar", "days", "2026-12-31", "2027-01-04"], "").stdout);
    assert_eq!(
        days,
        "date,is_workday,kind\n2026-12-31,1,workday\n2027-01-01,0,元旦 (provisional)\n2027-01-02,0,weekend (provisional)\n\
         2027-01-03,0,weekend (provisional)\n2027-01-04,1,workday (provisional)\n"
    );
}
