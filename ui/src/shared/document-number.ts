// A document number in groups that the eye can compare with a card. Only spaces are added.

/** 18 characters as 6-8-4, 8 digits as 4-4, a letter or two and digits as letters, then groups of four from the end. */
export function groupNumber(number: string): string[] {
  if (/^\d{17}[\dX]$/.test(number)) return [number.slice(0, 6), number.slice(6, 14), number.slice(14)];
  const match = /^([A-Z]{1,2})(\d+)$/.exec(number);
  if (match) return [match[1] ?? "", ...fours(match[2] ?? "")];
  if (/^\d+$/.test(number)) return fours(number);
  return [number];
}

function fours(digits: string): string[] {
  const groups: string[] = [];
  for (let end = digits.length; end > 0; end -= 4) groups.unshift(digits.slice(Math.max(0, end - 4), end));
  return groups;
}
