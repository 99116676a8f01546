// How long chinese-days takes for the 7th working day after a date.
//
//     time_calendar.mjs DATES PASSES
//
// Runs in the folder that the package is installed in. Prints "chinese-days findWorkday(7)<TAB>min<TAB>median", nanoseconds a call
// over the passes, each over the same random dates.

import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";

const FIRST = Date.parse("2016-01-01");
const DAY_MS = 86_400_000;
const SPAN = (Date.parse("2026-11-30") - FIRST) / DAY_MS + 1;

// The generator of the MINSTD standard, as in time_calendar.py: the same dates everywhere and always.
function randomDates(count, state = 20261124) {
  return Array.from({ length: count }, () => {
    state = (state * 48271) % 2147483647;
    return new Date(FIRST + (state % SPAN) * DAY_MS).toISOString().slice(0, 10);
  });
}

const [count, passes] = process.argv.slice(2).map(Number);
const { findWorkday } = createRequire(join(process.cwd(), "package.json"))("chinese-days");
const dates = randomDates(count);
const took = [];
for (let pass = 0; pass < passes; pass += 1) {
  const started = process.hrtime.bigint();
  for (const date of dates) {
    findWorkday(7, date);
  }
  took.push(Number(process.hrtime.bigint() - started) / count);
}
took.sort((a, b) => a - b);
const half = passes >> 1;
const median = passes % 2 === 1 ? took[half] : (took[half - 1] + took[half]) / 2;
process.stdout.write(`chinese-days findWorkday(7)\t${took[0].toFixed(2)}\t${median.toFixed(2)}\n`);
