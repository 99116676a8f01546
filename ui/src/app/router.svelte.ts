// Which screen is shown. State only: the page has one address and no history.

export type Route = { name: "queue" } | { name: "case"; caseId: string } | { name: "outbox" } | { name: "settings" };

let current = $state.raw<Route>({ name: "queue" });

export const router = {
  get route(): Route {
    return current;
  },
  go(route: Route): void {
    current = route;
  },
};
