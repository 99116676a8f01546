//! What the system's notifications say: a sentence in each language, with a number and nothing else.

use desk::view::LanguageView;
use desk::{Notice, NoticeKind};
use review_desk::notification::words;

#[test]
fn each_notification_has_a_sentence_in_both_languages_with_the_number_and_nothing_left_open() {
    for (kind, sentence) in [(NoticeKind::DueToday, "今日到期 17 件"), (NoticeKind::Stuck, "17 项审核结论")] {
        let say = |language| words(Notice { kind, count: 17, language }).unwrap();
        let (zh, en) = (say(LanguageView::Zh), say(LanguageView::En));
        assert_ne!(zh, en);
        for words in [&zh, &en] {
            assert!(!words.title.is_empty());
            assert_eq!(words.body.matches("17").count(), 1, "{}", words.body);
            assert!(!format!("{}{}", words.title, words.body).contains(['{', '}', '<', '&']), "{words:?}");
        }
        assert!(zh.body.contains(sentence), "{}", zh.body);
    }
}
