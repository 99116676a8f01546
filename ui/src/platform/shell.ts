// The one port to the shell. It owns how a command is called and how an error arrives; every rejection is a `CommandError`.
// It deliberately knows no feature and turns nothing into words.
import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import type { ChangedEvent, CommandError, Commands, TopicView } from "../ipc/types";

/** Commands that take no argument. */
type Bare = { [N in keyof Commands]: Commands[N]["request"] extends undefined ? N : never }[keyof Commands];

type Arguments<N extends keyof Commands> = N extends Bare ? [] : [request: Commands[N]["request"]];

/** Calls a command of the shell. Rejects with a `CommandError`, never with anything else. */
export async function call<N extends keyof Commands>(
  name: N,
  ...request: Arguments<N>
): Promise<Commands[N]["answer"]> {
  try {
    return await invoke<Commands[N]["answer"]>(name, request.length === 0 ? {} : { request: request[0] });
  } catch (thrown) {
    throw asCommandError(thrown);
  }
}

/** Whatever was thrown, as the error that the catalogue has a sentence for. */
export function asCommandError(thrown: unknown): CommandError {
  if (typeof thrown === "object" && thrown !== null && "code" in thrown && typeof thrown.code === "string") {
    const error = thrown as Partial<CommandError> & Pick<CommandError, "code">;
    return { code: error.code, params: error.params ?? {}, incident: error.incident ?? "" };
  }
  return { code: "internal", params: {}, incident: "" };
}

type Listener = (revision: number) => void;
const listeners = new Map<TopicView, Set<Listener>>();

/** Starts to hear `desk-changed`; once, by the shell of the page. */
export async function hearChanges(): Promise<void> {
  await listen<ChangedEvent>("desk-changed", ({ payload }) => {
    for (const listener of listeners.get(payload.topic) ?? []) listener(payload.revision);
  });
}

/** Calls `listener` whenever the topic changed; returns the way to stop. */
export function onChanged(topic: TopicView, listener: Listener): () => void {
  const set = listeners.get(topic) ?? new Set<Listener>();
  listeners.set(topic, set);
  set.add(listener);
  return () => set.delete(listener);
}
