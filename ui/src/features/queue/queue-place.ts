// Where the reviewer was in the queue, kept by the shell while a case is open.

export interface QueuePlace {
  caseId: string | null;
  index: number;
  scrollTop: number;
  onlyMine: boolean;
}

export const queueStart = (): QueuePlace => ({ caseId: null, index: 0, scrollTop: 0, onlyMine: false });
