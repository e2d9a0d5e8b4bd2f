// What two texts have in common at their beginnings and ends.

/** How many characters the texts begin with alike; the last `end` of the shorter one are not looked at. */
export function sameStart(one, other, end = 0) {
  const most = Math.min(one.length, other.length) - end;
  let count = 0;
  while (count < most && one[count] === other[count]) count += 1;
  return count;
}

/** How many characters the texts end with alike; the first `start` of the shorter one are not looked at. */
export function sameEnd(one, other, start = 0) {
  const most = Math.min(one.length, other.length) - start;
  let count = 0;
  while (count < most && one[one.length - 1 - count] === other[other.length - 1 - count]) count += 1;
  return count;
}
