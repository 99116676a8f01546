import { defineConfig } from "vitest/config";

// Pure functions only: no page, no components. The zone is set far from Beijing so that a slip into local time fails.
export default defineConfig({
  test: {
    environment: "node",
    include: ["test/**/*.test.ts"],
    env: { TZ: "America/New_York" },
  },
});
