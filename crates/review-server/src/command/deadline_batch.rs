//! `deadline --batch`: lines `submitted_at,policy` on standard input, one line of CSV for each on standard output, as they come. A line that
//! cannot be read is answered as such and the others go on, so that the n-th answer always belongs to the n-th question.

use std::io::{BufRead, BufReader, Read, Write};

use csv::ByteRecord;
use working_days::{Calendar, Policy, deadline};

use crate::command::deadline::status;
use crate::command::instant::{beijing, parse};
use crate::command::{CommandError, csv_line};
use crate::output;

/// The columns of the answer; the same as those of the vectors, without their note.
const COLUMNS: [&str; 9] = [
    "submitted_at",
    "policy",
    "beijing_local",
    "receipt_day",
    "day1",
    "due_date",
    "due_business_close",
    "due_end_of_day_exclusive",
    "status",
];

/// A line may not be longer, its end included: 64 KiB.
const LONGEST_LINE: usize = 64 * 1024;

/// Answers standard input to its end.
pub(crate) fn run(calendar: &Calendar) -> Result<(), CommandError> {
    let failed = |source| CommandError::Io { what: "the lines cannot be answered".to_owned(), source };
    let mut out = output::stream();
    let mut unread = 0u64;
    let answered = answer(calendar, std::io::stdin().lock(), &mut out, |line| {
        unread += 1;
        output::warn(&format!("line {line} is no submitted_at,policy such as 2026-02-05T10:00:00+08:00,P0"));
    });
    output::until_closed(answered.and_then(|()| out.flush())).map_err(failed)?;
    if unread == 0 { Ok(()) } else { Err(CommandError::UnreadLines(unread)) }
}

fn answer(
    calendar: &Calendar,
    input: impl Read,
    out: &mut impl Write,
    mut complain: impl FnMut(u64),
) -> std::io::Result<()> {
    let mut input = BufReader::with_capacity(64 * 1024, input);
    let mut line = Vec::new();
    let mut is_first = true;
    for number in 1u64.. {
        // Whoever writes a line and waits for its answer gets it: what is ready leaves before more is waited for.
        if !input.buffer().contains(&b'\n') {
            out.flush()?;
        }
        let Some(is_whole) = read_line(&mut input, &mut line)? else { break };
        let text = line.strip_prefix(b"\xEF\xBB\xBF").filter(|_| number == 1).unwrap_or(&line).trim_ascii();
        if text.is_empty() && is_whole {
            continue;
        }
        let is_headed = std::mem::take(&mut is_first) && is_whole && is_header(text);
        if is_headed {
            csv_line::write(out, COLUMNS)?;
        } else {
            let fields = if is_whole { fields(text) } else { ByteRecord::new() };
            let (submitted_at, policy) = (field(&fields, 0), field(&fields, 1));
            match read(submitted_at, policy) {
                Some((at, policy)) => {
                    let deadline = deadline(calendar, &policy, at);
                    let due = deadline.due();
                    let cell = |text: Option<String>| text.unwrap_or_default();
                    let cells = [
                        String::from_utf8_lossy(submitted_at).into_owned(),
                        policy.id.to_owned(),
                        beijing(at),
                        cell(due.map(|due| due.receipt_day.to_string())),
                        cell(due.map(|due| due.day1.to_string())),
                        cell(due.map(|due| due.date.to_string())),
                        cell(due.map(|due| beijing(due.target))),
                        cell(due.map(|due| beijing(due.breach))),
                        status(&deadline).to_owned(),
                    ];
                    csv_line::write(out, cells)?;
                }
                None => {
                    let empty: &[u8] = b"";
                    let cells = [submitted_at, policy, empty, empty, empty, empty, empty, empty, b"invalid"];
                    csv_line::write(out, cells)?;
                    complain(number);
                }
            }
        }
    }
    Ok(())
}

/// Reads a line, and says whether it is whole; `None` at the end. Of one that is too long only a beginning is kept, however long it is.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> std::io::Result<Option<bool>> {
    line.clear();
    let most = u64::try_from(LONGEST_LINE + 1).unwrap_or(u64::MAX);
    let count = input.by_ref().take(most).read_until(b'\n', line)?;
    let is_whole = count <= LONGEST_LINE || line.ends_with(b"\n");
    if !is_whole {
        input.skip_until(b'\n')?;
    }
    Ok((count > 0).then_some(is_whole))
}

fn is_header(text: &[u8]) -> bool {
    let fields = fields(text);
    field(&fields, 0) == b"submitted_at" && field(&fields, 1) == b"policy"
}

/// The fields of one line. What stands after the second one is nobody's business, also where its quotes are wrong.
fn fields(line: &[u8]) -> ByteRecord {
    let mut record = ByteRecord::new();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).buffer_capacity(256).from_reader(line);
    let _ = reader.read_byte_record(&mut record);
    record
}

fn field(fields: &ByteRecord, index: usize) -> &[u8] {
    fields.get(index).unwrap_or_default().trim_ascii()
}

fn read(submitted_at: &[u8], policy: &[u8]) -> Option<(chrono::DateTime<chrono::Utc>, Policy)> {
    let at = parse(std::str::from_utf8(submitted_at).ok()?)?;
    Some((at, Policy::by_id(std::str::from_utf8(policy).ok()?)?))
}
