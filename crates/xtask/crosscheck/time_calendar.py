"""How long chinesecalendar takes for the 7th working day after a date.

    time_calendar.py DATES PASSES

Prints "chinesecalendar find_workday(7)<TAB>min<TAB>median", nanoseconds a call over the passes, each over the same random dates.
"""

import datetime
import statistics
import sys
import time

import chinese_calendar

FIRST = datetime.date(2016, 1, 1)
SPAN = (datetime.date(2026, 11, 30) - FIRST).days + 1


def random_dates(count, state=20261124):
    # The generator of the MINSTD standard, as in time_calendar.mjs: the same dates everywhere and always.
    dates = []
    for _ in range(count):
        state = state * 48271 % 2147483647
        dates.append(FIRST + datetime.timedelta(days=state % SPAN))
    return dates


def main():
    count, passes = map(int, sys.argv[1:3])
    dates = random_dates(count)
    find = chinese_calendar.find_workday
    took = []
    for _ in range(passes):
        started = time.perf_counter_ns()
        for date in dates:
            find(7, date)
        took.append((time.perf_counter_ns() - started) / count)
    print(f"chinesecalendar find_workday(7)\t{min(took):.2f}\t{statistics.median(took):.2f}")


if __name__ == "__main__":
    main()
