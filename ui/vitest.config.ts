import { defineConfig } from "vitest/config";

// Pure functions only: no page, no components. Everything runs far from Beijing, so that a slip into local time fails; what deals with
// days runs in three zones. `zone` tells a test which one it should see.
const inZone = (zone: string, include: string[]) => ({
  test: { name: zone, environment: "node" as const, include, env: { TZ: zone }, provide: { zone } },
});
const days = ["beijing", "countdown", "month-grid", "explanation-words", "calendar-notice"];
const ofDays = days.map((name) => `test/${name}.test.ts`);

export default defineConfig({
  test: {
    projects: [inZone("America/New_York", ["test/**/*.test.ts"]), inZone("Asia/Urumqi", ofDays), inZone("UTC", ofDays)],
  },
});

declare module "vitest" {
  interface ProvidedContext {
    zone: string;
  }
}
