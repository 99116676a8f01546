// What chinese-days says of every day: is it a working day, and which is the 7th working day after it.
//
//     ask_calendar.mjs chinese-days FIRST LAST
//
// Runs in the folder that the package is installed in. Prints "source <name> <version>", then lines "date,is_workday,due". Only asks;
// what is right is judged by `cargo xtask crosscheck calendar`. The package counts in the zone of the PC: set TZ to Asia/Shanghai.

import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";

const WORKING_DAYS = 7;
const DAY_MS = 86_400_000;

const [name, first, last] = process.argv.slice(2);
const require = createRequire(join(process.cwd(), "package.json"));
const { isWorkday, findWorkday } = require(name);

const lines = [`source ${name} ${require(`${name}/package.json`).version}`];
for (let at = Date.parse(first); at <= Date.parse(last); at += DAY_MS) {
  const day = new Date(at).toISOString().slice(0, 10);
  lines.push(`${day},${isWorkday(day) ? 1 : 0},${findWorkday(WORKING_DAYS, day)}`);
}
process.stdout.write(`${lines.join("\n")}\n`);
