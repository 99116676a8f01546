//! The operator of a test server's calendar, beside the real server.

use testkit::calendar::Operator;
use testkit::office::{Office, PEOPLE};

const NOTICE: &str = r#"
year = 2027
issued = 2026-12-29
off = [
    { holiday = "元旦", from = 2027-01-01, until = 2027-01-03 },
    { holiday = "春节", from = 2027-02-05, until = 2027-02-11 },
    { holiday = "清明节", from = 2027-04-03, until = 2027-04-05 },
    { holiday = "劳动节", from = 2027-05-01, until = 2027-05-05 },
    { holiday = "端午节", days = [2027-06-09] },
    { holiday = "中秋节", days = [2027-09-15] },
    { holiday = "国庆节", from = 2027-10-01, until = 2027-10-07 },
]
make_up = [
    { date = 2027-01-09, for = "元旦" },
    { date = 2027-01-30, for = "春节" },
    { date = 2027-02-20, for = "春节" },
    { date = 2027-05-08, for = "劳动节" },
    { date = 2027-10-09, for = "国庆节" },
]
"#;

#[tokio::test]
async fn a_notice_is_put_in_force_while_the_server_runs() {
    let folder = tempfile::tempdir().unwrap();
    let (office, server) = Office::open(folder.path(), 0, |_| {}).await.unwrap();
    let submitted = "2026-12-28T10:00:00+08:00".parse().unwrap();
    let case = office.submit_at(server.url(), "a-1", submitted).await.unwrap();
    assert_eq!(case.deadline.first_due_date.as_deref(), Some("2027-01-07"));
    let last = "2026-12-29T09:00:00+08:00".parse().unwrap();
    assert_eq!(
        office.submit_at(server.url(), "a-2", last).await.unwrap().deadline.outcome.due().unwrap().due_date,
        "2027-01-08"
    );

    let mut operator = Operator::new(&office.options).unwrap();
    let printed = operator.activate(NOTICE).unwrap();
    assert!(printed.contains("2027 becomes official") && printed.contains("is in force"), "{printed}");
    let later = office.submit_at(server.url(), "a-3", "2026-12-29T09:30:00+08:00".parse().unwrap()).await.unwrap();
    assert_eq!((later.deadline.pack_serial, later.deadline.reason.as_str()), (2026122901, "initial"));
    let deadlines = office.database().number("SELECT count(*) FROM deadlines WHERE reason = 'calendar'").unwrap();
    assert_eq!(deadlines, 2);
    assert!(server.sign_in(PEOPLE[0].0, testkit::office::PASSWORD).await.is_ok());
}
