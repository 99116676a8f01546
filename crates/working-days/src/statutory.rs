//! What the law alone says about a year whose notice is not out: the days of 全国年节及纪念日放假办法 and their weekend compensation
//! (art. 6), and how far a notice has been seen to reach around them. It predicts no make-up day and no longer block.

use crate::beijing::BeijingDate;

/// Dates that follow the moon or the sun, by year: 春节 (first day of the first lunar month), 清明, 端午 (5.5), 中秋 (8.15),
/// each as month and day. 2016–2026 are also in the notices; the later ones are astronomy, not decided by anyone.
#[rustfmt::skip]
const FESTIVALS: [(i32, [(u32, u32); 4]); 20] = [
    (2016, [(2,  8), (4, 4), (6,  9), (9, 15)]), (2017, [(1, 28), (4, 4), (5, 30), (10, 4)]),
    (2018, [(2, 16), (4, 5), (6, 18), (9, 24)]), (2019, [(2,  5), (4, 5), (6,  7), (9, 13)]),
    (2020, [(1, 25), (4, 4), (6, 25), (10, 1)]), (2021, [(2, 12), (4, 4), (6, 14), (9, 21)]),
    (2022, [(2,  1), (4, 5), (6,  3), (9, 10)]), (2023, [(1, 22), (4, 5), (6, 22), (9, 29)]),
    (2024, [(2, 10), (4, 4), (6, 10), (9, 17)]), (2025, [(1, 29), (4, 4), (5, 31), (10, 6)]),
    (2026, [(2, 17), (4, 5), (6, 19), (9, 25)]), (2027, [(2,  6), (4, 5), (6,  9), (9, 15)]),
    (2028, [(1, 26), (4, 4), (5, 28), (10, 3)]), (2029, [(2, 13), (4, 4), (6, 16), (9, 22)]),
    (2030, [(2,  3), (4, 5), (6,  5), (9, 12)]), (2031, [(1, 23), (4, 5), (6, 24), (10, 1)]),
    (2032, [(2, 11), (4, 4), (6, 12), (9, 19)]), (2033, [(1, 31), (4, 4), (6,  1), (9,  8)]),
    (2034, [(2, 19), (4, 5), (6, 20), (9, 27)]), (2035, [(2,  8), (4, 5), (6, 10), (9, 16)]),
];

/// A make-up day lies at most this many days from a statutory day of its holiday (2016–2026: at most 11, 2026-09-20 for 国庆节).
const MAKE_UP_REACH_DAYS: i32 = 14;

/// The year from which the decree of 2024 holds, with 除夕 and 5月2日 as days off.
const THIRTEEN_DAYS_SINCE: i32 = 2025;

/// How many days off the law itself gives in a year.
pub(crate) fn days_a_year(year: i32) -> u32 {
    if year >= THIRTEEN_DAYS_SINCE { 13 } else { 11 }
}

/// The days off that the law itself gives, one entry per holiday: a day on which two meet comes twice. `None` for a year whose festivals
/// are not in the table.
pub(crate) fn days(year: i32) -> Option<Vec<BeijingDate>> {
    let lawful = LawfulYear::new(year)?;
    Some(lawful.holidays.iter().flat_map(|holiday| holiday.first.through(holiday.last)).collect())
}

/// One holiday of the law.
#[derive(Debug)]
struct Holiday {
    name: &'static str,
    /// The days that the law itself gives, first to last.
    first: BeijingDate,
    last: BeijingDate,
    /// The longest block of days off that a notice has made of it.
    longest_block: i32,
}

impl Holiday {
    fn new(name: &'static str, first: BeijingDate, days: i32, longest_block: i32) -> Self {
        Self { name, first, last: first.plus_days(days - 1), longest_block }
    }

    fn includes(&self, day: BeijingDate) -> bool {
        self.first <= day && day <= self.last
    }

    fn may_rest(&self, day: BeijingDate) -> bool {
        let reach = self.longest_block - 1;
        self.last.plus_days(-reach) <= day && day <= self.first.plus_days(reach)
    }

    fn may_work(&self, day: BeijingDate) -> bool {
        self.first.plus_days(-MAKE_UP_REACH_DAYS) <= day && day <= self.last.plus_days(MAKE_UP_REACH_DAYS)
    }
}

/// A year without notice, as far as the law settles it.
#[derive(Debug)]
pub(crate) struct LawfulYear {
    holidays: Vec<Holiday>,
    compensation: Vec<(BeijingDate, &'static str)>,
    /// New Year's Day of the year after: its block can reach back into December.
    following_new_year: Holiday,
}

impl LawfulYear {
    /// `None` for a year whose festivals are not in the table: then nothing is said about it.
    pub(crate) fn new(year: i32) -> Option<Self> {
        let (_, [spring, qingming, dragon_boat, mid_autumn]) = FESTIVALS.iter().find(|(y, _)| *y == year)?;
        let date = |(month, day): (u32, u32)| BeijingDate::from_ymd(year, month, day);
        // In force from 2025-01-01: 除夕 and 5月2日 are days off; before (decree of 2013), neither was.
        let since_2025 = year >= THIRTEEN_DAYS_SINCE;
        let spring = date(*spring)?;
        let spring =
            if since_2025 { Holiday::new("春节", spring.pred(), 4, 9) } else { Holiday::new("春节", spring, 3, 9) };
        let national = Holiday::new("国庆节", date((10, 1))?, 3, 8);
        let mid_autumn = date(*mid_autumn)?;
        // A 中秋 that touches 国庆 becomes one block with it.
        let joined = mid_autumn.days_since(national.first).abs() <= 7;
        let holidays = vec![
            Holiday::new("元旦", date((1, 1))?, 1, 3),
            spring,
            Holiday::new("清明节", date(*qingming)?, 1, 3),
            Holiday::new("劳动节", date((5, 1))?, if since_2025 { 2 } else { 1 }, 5),
            Holiday::new("端午节", date(*dragon_boat)?, 1, 3),
            Holiday::new("中秋节", mid_autumn, 1, if joined { 8 } else { 3 }),
            national,
        ];
        let following_new_year = Holiday::new("元旦", BeijingDate::from_ymd(year + 1, 1, 1)?, 1, 3);
        let mut lawful = Self { holidays, compensation: Vec::new(), following_new_year };
        lawful.compensate();
        Some(lawful)
    }

    /// Art. 6: a statutory day on a Saturday or Sunday is compensated on a working day; here the first one after it that is free.
    fn compensate(&mut self) {
        for holiday in &self.holidays {
            for fallen in holiday.first.through(holiday.last).filter(|day| day.is_weekend()) {
                let mut day = fallen.succ();
                while day.is_weekend() || self.off_day_name(day).is_some() {
                    day = day.succ();
                }
                self.compensation.push((day, holiday.name));
            }
        }
    }

    /// Off by the law itself: no notice can make it a working day.
    pub(crate) fn is_statutory(&self, day: BeijingDate) -> bool {
        self.holidays.iter().any(|holiday| holiday.includes(day))
    }

    /// The holiday for which this day is off, by statute or as compensation.
    pub(crate) fn off_day_name(&self, day: BeijingDate) -> Option<&'static str> {
        let statutory = self.holidays.iter().find(|holiday| holiday.includes(day)).map(|holiday| holiday.name);
        statutory.or_else(|| self.compensation.iter().find(|(off, _)| *off == day).map(|(_, name)| *name))
    }

    /// Near enough to a holiday that the notice may make it a working day.
    pub(crate) fn may_work(&self, day: BeijingDate) -> bool {
        !self.is_statutory(day) && self.with_following().any(|holiday| holiday.may_work(day))
    }

    /// Near enough to a holiday that the notice may put it into that holiday's block.
    pub(crate) fn may_rest(&self, day: BeijingDate) -> bool {
        self.with_following().any(|holiday| holiday.may_rest(day))
    }

    fn with_following(&self) -> impl Iterator<Item = &Holiday> {
        self.holidays.iter().chain(std::iter::once(&self.following_new_year))
    }
}
