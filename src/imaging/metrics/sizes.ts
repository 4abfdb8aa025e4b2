/** Conditions of the metrics on pictures: apart from the metrics, so that tables can tell them without measuring. */

/** Side of SSIM's window: the least that an image can have. */
export const ssimWindow = 11;

/** The coarsest of MS-SSIM's five scales must hold a window: 161 px become 81, 41, 21, 11. */
export const msSsimSmallestSide = (ssimWindow - 1) * 2 ** 4 + 1;

/** Side of NIQE's patches in pixels of the full scale. */
export const niqePatch = 96;

/** For NIQE: a covariance takes two patches, and a flat one has no statistics. */
export const niqeNeeds = `two patches of ${niqePatch} × ${niqePatch} px that are not flat`;

/** Least side of a picture: both max-poolings need a whole window. */
export const lpipsSmallestSide = 31;
