// How a model stands in this machine's memory, in words.

/** { device, weights, nbytes, alone_because, running } as a sentence or two. */
export function residenceText({ device, weights, nbytes, alone_because, running }) {
  const where = `In memory: ${weights} weights on ${device}${nbytes ? `, ${sizeText(nbytes)}` : ""}`;
  const runs = running ? `, ${running} ${running === 1 ? "run" : "runs"}` : "";
  return `${where}${runs}.${alone_because ? ` Runs take turns: ${alone_because}.` : ""}`;
}

/** Bytes as people write them: 1.2 GB, 340 MB. */
export const sizeText = (bytes) => (bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.ceil(bytes / 1e6)} MB`);
