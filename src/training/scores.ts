/** What a discriminator's logits say, counted outside of the GPU: how often it is right, and how its scores are spread. */
import { histogramBins, histogramRange } from './names.ts';

/** The share of logits on the right side of 0, mean over the heads. @param heads the logits of each */
export function accuracy(heads: readonly Float32Array[], isReal: boolean): number {
  const share = (head: Float32Array) => {
    let right = 0;
    for (const logit of head) if (isReal ? logit > 0 : logit < 0) right++;
    return right / head.length;
  };
  return heads.reduce((sum, head) => sum + share(head), 0) / heads.length;
}

/** Shares of all logits by value, every head counting alike; their sum is 1. */
export function histogram(heads: readonly Float32Array[]): Float32Array {
  const shares = new Float32Array(histogramBins);
  for (const head of heads) {
    for (const logit of head) {
      const bin = Math.floor(((logit + histogramRange) / (2 * histogramRange)) * histogramBins);
      const at = Math.min(histogramBins - 1, Math.max(0, bin));
      shares[at] = (shares[at] as number) + 1 / (head.length * heads.length);
    }
  }
  return shares;
}
