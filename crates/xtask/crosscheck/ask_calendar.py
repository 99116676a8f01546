"""What a Python calendar says of every day: is it a working day, and which is the 7th working day after it.

    ask_calendar.py (chinesecalendar|holidays) FIRST LAST

Prints "source <name> <version>", then lines "date,is_workday,due". A calendar that refuses a date prints "raises <error>" as the
due date. Only asks; what is right is judged by `cargo xtask crosscheck calendar`.
"""

import datetime
import importlib.metadata
import sys

WORKING_DAYS = 7


def chinesecalendar():
    import chinese_calendar

    return chinese_calendar.is_workday, lambda day: chinese_calendar.find_workday(WORKING_DAYS, day)


def holidays():
    import holidays

    # A year before and after: counts begin and end there.
    china = holidays.country_holidays("CN", years=range(2015, 2029))
    return china.is_working_day, lambda day: china.get_nth_working_day(day, WORKING_DAYS)


def main():
    name, first, last = sys.argv[1], *map(datetime.date.fromisoformat, sys.argv[2:4])
    is_workday, due = {"chinesecalendar": chinesecalendar, "holidays": holidays}[name]()
    print(f"source {name} {importlib.metadata.version(name)}")
    day = first
    while day <= last:
        try:
            answer = due(day).isoformat()
        except NotImplementedError as error:
            answer = f"raises {type(error).__name__}"
        print(f"{day.isoformat()},{int(is_workday(day))},{answer}")
        day += datetime.timedelta(days=1)


if __name__ == "__main__":
    main()
