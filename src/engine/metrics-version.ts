/**
 * Of what is measured besides PSNR, SSIM and MS-SSIM. Raised with every change of a metric's numbers: what was kept with
 * another one is measured anew and stands in no table beside new numbers.
 */
export const metricsVersion = 2;
