//! Synthetic applicants: names, birth dates and documents that obey the rules of real ones (GB 11643 check characters, the permits'
//! patterns, validity by age at issue) and belong to nobody. Which person comes out is decided by the random generator alone.

use casework::{DocumentType, Validity};
use chrono::{Days, Months, NaiveDate};
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use crate::specimen::{Sex, Specimen};

const SURNAMES: &str = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文";
const COMPOUND_SURNAMES: [&str; 5] = ["欧阳", "司马", "上官", "诸葛", "夏侯"];
const GIVEN_MALE: &str =
    "伟强磊军洋勇杰涛明超刚平辉鹏华飞鑫波斌宇浩凯健俊帆帅旭宁龙林阳建文博志国庆海山仁义东峰晨朋哲瀚";
const GIVEN_FEMALE: &str = "芳娜敏静丽艳娟霞秀英玲桂慧莹颖洁婷雪琳晶倩萍红玉兰梅燕云晓雨欣怡佳嘉思梦瑶璐珊薇蓉菲岚宁";
/// Characters outside the everyday set: Extension A and B, and late additions. People bear them; programs lose them.
const RARE: [&str; 10] = ["㛃", "𠮷", "䶮", "龘", "𬭚", "犇", "堃", "㳘", "𫍯", "燚"];
/// Names with the separator U+00B7, the only one that is right.
const WITH_SEPARATOR: [(&str, &str, Sex); 12] = [
    ("阿卜杜拉·买买提", "维吾尔", Sex::Male),
    ("古丽娜尔·艾合买提", "维吾尔", Sex::Female),
    ("迪丽努尔·吐尔逊", "维吾尔", Sex::Female),
    ("艾力·库尔班", "维吾尔", Sex::Male),
    ("玛依热·阿不都热合曼", "维吾尔", Sex::Female),
    ("叶尔江·哈布力", "哈萨克", Sex::Male),
    ("阿依古丽·努尔兰", "哈萨克", Sex::Female),
    ("吉克·阿呷", "彝", Sex::Female),
    ("沙马·拉日", "彝", Sex::Male),
    ("卓玛·次仁央宗", "藏", Sex::Female),
    ("扎西·多吉平措", "藏", Sex::Male),
    ("买买提明·阿不都克里木·吐尔洪江", "维吾尔", Sex::Male),
];
const HMT_SURNAMES: &str = "陳林黃張李王吳劉蔡楊許鄭謝郭洪曾邱廖賴周葉蘇莊呂何羅歐譚鄧梁馮";
const HMT_GIVEN: &str = "志偉家豪俊傑建宏明哲冠宇承翰淑芬雅婷怡君欣儀嘉穎詠詩子晴美玲國強文慧佩珊";

/// 民族 of most synthetic people.
const HAN: &str = "汉";

/// County codes that stand on real cards, from all over the country.
const REGIONS: [&str; 30] = [
    "110101", "110105", "110108", "120101", "130102", "140105", "150102", "210102", "220102", "230102", "310101",
    "310115", "320102", "330106", "340102", "350102", "360102", "370102", "410105", "420106", "430102", "440106",
    "440524", "450102", "460106", "500103", "510104", "520102", "530102", "610113",
];
const MINORITY_REGIONS: [&str; 4] = ["540102", "650102", "630102", "513401"];

/// Weights of GB 11643, appendix A, in the order of the first seventeen digits.
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/// The check character of the first seventeen digits by ISO 7064 MOD 11-2; `None` when they are not seventeen ASCII digits.
#[must_use]
pub fn check_character(first_seventeen: &str) -> Option<char> {
    if first_seventeen.len() != 17 {
        return None;
    }
    let mut sum = 0;
    for (character, weight) in first_seventeen.chars().zip(WEIGHTS) {
        if !character.is_ascii_digit() {
            return None;
        }
        sum += character.to_digit(10)? * weight;
    }
    "10X98765432".chars().nth((sum % 11) as usize)
}

fn pick<'a>(random: &mut StdRng, list: &[&'a str]) -> &'a str {
    list.choose(random).copied().unwrap_or_default()
}

fn pick_char(random: &mut StdRng, list: &str) -> char {
    let characters: Vec<char> = list.chars().collect();
    characters.choose(random).copied().unwrap_or('某')
}

fn given(random: &mut StdRng, list: &str) -> String {
    let length = if random.random_bool(0.72) { 2 } else { 1 };
    (0..length).map(|_| pick_char(random, list)).collect()
}

struct Named {
    name: String,
    ethnicity: &'static str,
    sex: Sex,
    is_minority: bool,
}

fn named(random: &mut StdRng, document_type: DocumentType) -> Named {
    let sex = if random.random_bool(0.68) { Sex::Female } else { Sex::Male };
    if document_type != DocumentType::ResidentIdCard {
        let surname = pick_char(random, HMT_SURNAMES);
        return Named {
            name: format!("{surname}{}", given(random, HMT_GIVEN)),
            ethnicity: HAN,
            sex,
            is_minority: false,
        };
    }
    if random.random_bool(0.05)
        && let Some(&(name, ethnicity, sex)) = WITH_SEPARATOR.choose(random)
    {
        return Named { name: name.to_owned(), ethnicity, sex, is_minority: true };
    }
    let surname = if random.random_bool(0.03) {
        pick(random, &COMPOUND_SURNAMES).to_owned()
    } else {
        pick_char(random, SURNAMES).to_string()
    };
    let list = if sex == Sex::Female { GIVEN_FEMALE } else { GIVEN_MALE };
    let mut name = format!("{surname}{}", given(random, list));
    if random.random_bool(0.08) {
        name.pop();
        name.push_str(pick(random, &RARE));
    }
    Named { name, ethnicity: HAN, sex, is_minority: false }
}

/// A later date of the same day and month; 29 February becomes the 28th where there is none.
fn years_later(date: NaiveDate, years: u32) -> NaiveDate {
    date.checked_add_months(Months::new(12 * years)).unwrap_or(date)
}

fn years_earlier(date: NaiveDate, years: u32) -> NaiveDate {
    date.checked_sub_months(Months::new(12 * years)).unwrap_or(date)
}

fn days_earlier(date: NaiveDate, days: u64) -> NaiveDate {
    date.checked_sub_days(Days::new(days)).unwrap_or(date)
}

/// Completed years of age.
#[must_use]
pub fn age_at(birth: NaiveDate, day: NaiveDate) -> u32 {
    day.years_since(birth).unwrap_or(0)
}

/// How many years a card issued at this age is valid; `None` for 长期.
///
/// Resident identity cards by article 5 of the Law on Resident Identity Cards; the permits as `domain.md` and the reference have them.
#[must_use]
pub fn years_valid(document_type: DocumentType, age_at_issue: u32) -> Option<u32> {
    match (document_type, age_at_issue) {
        (DocumentType::ResidentIdCard, 0..=15) => Some(5),
        (DocumentType::ResidentIdCard, 16..=25) => Some(10),
        (DocumentType::ResidentIdCard, 26..=45) => Some(20),
        (DocumentType::ResidentIdCard, _) => None,
        (DocumentType::HmTravelPermit, 18..) => Some(10),
        (DocumentType::HmTravelPermit | DocumentType::HmtResidencePermit | DocumentType::TwTravelPermit5y, _) => {
            Some(5)
        }
    }
}

/// The last day of a card: the anniversary on GB 11643 cards, the day before it on the travel permits.
fn validity(document_type: DocumentType, birth: NaiveDate, valid_from: NaiveDate) -> Validity {
    let Some(years) = years_valid(document_type, age_at(birth, valid_from)) else {
        return Validity::LongTerm;
    };
    let anniversary = years_later(valid_from, years);
    Validity::Until(if document_type.has_emblem_side() { anniversary } else { days_earlier(anniversary, 1) })
}

/// The youngest and oldest applicants, in years.
const AGES: std::ops::RangeInclusive<u32> = 22..=50;

fn birth_for_age(random: &mut StdRng, ages: std::ops::RangeInclusive<u32>, today: NaiveDate) -> NaiveDate {
    // A day less than a whole year back, so that the age is the drawn one to the day.
    days_earlier(years_earlier(today, random.random_range(ages)), random.random_range(0..365))
}

/// When the card was issued, so that it is valid today for a month at least.
fn issue_day(random: &mut StdRng, document_type: DocumentType, birth: NaiveDate, today: NaiveDate) -> NaiveDate {
    // The present kinds of card exist since: second-generation 2004, residence permits 2018-09, card permits 2013 and 2015.
    let since = match document_type {
        DocumentType::ResidentIdCard => NaiveDate::from_ymd_opt(2005, 1, 1),
        DocumentType::HmtResidencePermit => NaiveDate::from_ymd_opt(2018, 9, 1),
        DocumentType::HmTravelPermit => NaiveDate::from_ymd_opt(2013, 1, 2),
        DocumentType::TwTravelPermit5y => NaiveDate::from_ymd_opt(2015, 9, 21),
    };
    let first = years_later(birth, 16).max(since.unwrap_or(birth));
    let last = days_earlier(today, 20);
    let span = u64::try_from(last.signed_duration_since(first).num_days()).unwrap_or(0);
    for _ in 0..64 {
        let day = days_earlier(last, random.random_range(0..=span));
        match validity(document_type, birth, day) {
            Validity::Until(end) if end <= today + Days::new(30) => {}
            _ => return day,
        }
    }
    last
}

/// The number that the document of this type bears.
fn number(random: &mut StdRng, document_type: DocumentType, who: &Named, birth: NaiveDate) -> String {
    match document_type {
        DocumentType::ResidentIdCard | DocumentType::HmtResidencePermit => {
            let region = match document_type {
                DocumentType::HmtResidencePermit => pick(random, &["810000", "820000", "830000"]),
                _ if who.is_minority => pick(random, &MINORITY_REGIONS),
                _ => pick(random, &REGIONS),
            };
            let sequence = random.random_range(0..499_u32) * 2 + u32::from(who.sex == Sex::Male);
            let first = format!("{region}{}{sequence:03}", birth.format("%Y%m%d"));
            let check = check_character(&first).map(String::from).unwrap_or_default();
            first + &check
        }
        DocumentType::HmTravelPermit => {
            format!("{}{:08}", pick(random, &["H", "H", "H", "M"]), random.random_range(1_000_000..99_999_999_u32))
        }
        DocumentType::TwTravelPermit5y => format!("{:08}", random.random_range(1_000_000..99_999_999_u32)),
    }
}

/// A person with a document that is valid on `today` (Beijing civil date).
#[must_use]
pub fn person(random: &mut StdRng, document_type: DocumentType, today: NaiveDate) -> Specimen {
    let birth = birth_for_age(random, AGES, today);
    let valid_from = issue_day(random, document_type, birth, today);
    with_card(random, document_type, birth, valid_from)
}

/// A person whose document ran out 10 to 300 days before `today` (Beijing civil date).
#[must_use]
pub fn person_with_expired_document(random: &mut StdRng, document_type: DocumentType, today: NaiveDate) -> Specimen {
    // Old enough that the card of the shorter span was issued to a grown-up, young enough that it was not yet the longer one.
    let (ages, years) = match document_type {
        DocumentType::ResidentIdCard => (28..=34, 10),
        DocumentType::HmTravelPermit => (30..=48, 10),
        DocumentType::HmtResidencePermit | DocumentType::TwTravelPermit5y => (25..=48, 5),
    };
    let birth = birth_for_age(random, ages, today);
    let valid_from = years_earlier(days_earlier(today, random.random_range(10..=300)), years);
    with_card(random, document_type, birth, valid_from)
}

fn with_card(random: &mut StdRng, document_type: DocumentType, birth: NaiveDate, valid_from: NaiveDate) -> Specimen {
    let who = named(random, document_type);
    Specimen {
        document_type,
        number: number(random, document_type, &who, birth),
        former_name: None,
        sex: who.sex,
        ethnicity: who.ethnicity.to_owned(),
        birth,
        valid_from,
        validity: validity(document_type, birth, valid_from),
        portrait: random.random(),
        name: who.name,
    }
}

/// Characters that are taken for each other.
const ALIKE: [(char, char); 30] = [
    ('杨', '扬'),
    ('晓', '哓'),
    ('明', '朋'),
    ('玉', '王'),
    ('伟', '纬'),
    ('婷', '停'),
    ('磊', '垒'),
    ('晨', '辰'),
    ('静', '净'),
    ('涛', '滔'),
    ('宁', '丁'),
    ('博', '搏'),
    ('佳', '桂'),
    ('琳', '林'),
    ('颖', '颍'),
    ('浩', '皓'),
    ('霞', '瑕'),
    ('芳', '芬'),
    ('敏', '敬'),
    ('慧', '惠'),
    ('洁', '结'),
    ('俊', '峻'),
    ('健', '建'),
    ('凯', '铠'),
    ('文', '丈'),
    ('兰', '三'),
    ('于', '干'),
    ('刘', '浏'),
    ('陈', '阵'),
    ('穎', '頴'),
];

/// The name with one character taken for one that looks alike; without such a character the last one changes.
#[must_use]
pub fn mistaken_name(random: &mut StdRng, name: &str) -> String {
    let alike = |character| {
        ALIKE.iter().find_map(|&(one, other)| match character {
            c if c == one => Some(other),
            c if c == other => Some(one),
            _ => None,
        })
    };
    let mut characters: Vec<char> = name.chars().collect();
    let places: Vec<usize> = (0..characters.len()).filter(|&place| alike(characters[place]).is_some()).collect();
    match places.choose(random) {
        Some(&place) => characters[place] = alike(characters[place]).unwrap_or('某'),
        None => {
            let last = characters.pop();
            let other = pick_char(random, "敏静伟强");
            characters.push(if last == Some(other) { '婷' } else { other });
        }
    }
    characters.into_iter().collect()
}

/// The number with one digit mistyped; now and then two digits ten places apart are swapped instead, which the check character of
/// GB 11643 does not notice.
#[must_use]
pub fn mistaken_number(random: &mut StdRng, number: &str) -> String {
    let mut characters: Vec<char> = number.chars().collect();
    if characters.len() == 18 && random.random_bool(0.3) {
        let blind: Vec<usize> = (0..7).filter(|&place| characters[place] != characters[place + 10]).collect();
        if let Some(&place) = blind.choose(random) {
            characters.swap(place, place + 10);
            return characters.into_iter().collect();
        }
    }
    // Not the region and not the check character: a slip in the birth date or the sequence is what reviewers meet.
    let places = if characters.len() == 18 { 10..17 } else { 2..characters.len().max(3) };
    let place = random.random_range(places);
    if let Some(character) = characters.get_mut(place) {
        let digit = character.to_digit(10).unwrap_or(0);
        *character = char::from_digit((digit + random.random_range(1..10)) % 10, 10).unwrap_or('0');
    }
    characters.into_iter().collect()
}

/// An earlier name: another surname or another given name.
#[must_use]
pub fn earlier_name(random: &mut StdRng, specimen: &Specimen) -> String {
    let list = if specimen.sex == Sex::Female { GIVEN_FEMALE } else { GIVEN_MALE };
    let surname = specimen.name.chars().next().unwrap_or('王');
    for _ in 0..16 {
        let name = format!("{surname}{}", given(random, list));
        if name != specimen.name {
            return name;
        }
    }
    format!("{surname}某")
}
