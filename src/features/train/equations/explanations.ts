/** Each symbol's meaning, its equation as the paper prints it, and the reading of it that is computed here. */

export interface Explanation {
  readonly name: string;
  readonly sentence: string;
  /** As printed. */
  readonly equation?: { readonly number: number; readonly tex: string };
  /** The formula that is computed here, where it differs, with the reason, and the reading's number on the About page. */
  readonly reading?: { readonly number: string; readonly tex?: string; readonly sentence: string };
}

const student = '\\hat{x}_\\phi(x_s,y,s)';
const yHat = "G(\\mathrm{concat}(\\hat{x}_\\phi(x_s,y,s),\\epsilon'))";
const factor = '\\frac{\\bar{\\alpha}_t}{1-\\bar{\\alpha}_t}';
const hinge = (real: string, fake: string) => `\\mathbb{E}[\\max(0,1-${real})]+\\mathbb{E}[\\max(0,1+${fake})]`;
const discriminatorReading =
  'Printed, the loss falls without bound and vanishes where D is wrong. The hinge loss of StyleGAN-T and ADD, which the paper names, is the default; the printed one is an option.';

const eq1 = { number: 1, tex: 'x_{t-1}=k_t\\hat{x}_0+m_tx_t+j_ty' };
const eq2 = { number: 2, tex: `\\mathcal{L}_{distill}=L_{MSE}\\big(${student},\\hat{x}_\\theta(x_t,y,t)\\big)` };
const eq3 = {
  number: 3,
  tex: `\\mathcal{L}_{D_H}=\\mathbb{E}_{x_0}[\\log(1-D_H(x_0))]+\\mathbb{E}[\\log D_H(${student})]`,
};
const eq4 = { number: 4, tex: `\\mathcal{L}_H^G=\\mathbb{E}[1-D_H(${student})]` };
const eq5 = { number: 5, tex: `\\mathcal{L}_{D_L}=\\mathbb{E}_y[\\log(1-D_L(y))]+\\mathbb{E}[\\log D_L(${yHat})]` };
const eq6 = { number: 6, tex: `\\mathcal{L}_L^G=\\mathbb{E}[1-D_L(${yHat})]` };
const eq7 = {
  number: 7,
  tex: `\\mathcal{L}_{student}=\\mathcal{L}_{denoise}+${factor}(\\mathcal{L}_{distill}+\\mathcal{L}_H^G+\\mathcal{L}_L^G)`,
};
const eq8 = { number: 8, tex: `\\mathcal{L}_{downsampler}=\\mathcal{L}_{denoise}+${factor}\\mathcal{L}_L^G` };

const weights =
  'The factor is left out: at the last time index it would be 1.01e-4 for every term. The adversarial terms have weights instead.';

const discriminatorHR: Explanation = {
  name: 'HR discriminator',
  sentence: 'Scores each place of an HR picture: above 0 it takes it for real, below for one of the student’s.',
  equation: eq3,
  reading: {
    number: '8.1',
    tex: `\\mathcal{L}_{D_H}=${hinge('D_H(x_0)', 'D_H(\\hat{x}_\\phi)')}`,
    sentence: discriminatorReading,
  },
};
const discriminatorLR: Explanation = {
  name: 'LR discriminator',
  sentence: 'Scores each place of an LR picture: above 0 it takes it for a given y, below for a ŷ of G.',
  equation: eq5,
  reading: {
    number: '8.1',
    tex: `\\mathcal{L}_{D_L}=${hinge('D_L(y)', 'D_L(\\hat{y})')}`,
    sentence: discriminatorReading,
  },
};
const adversarialReading =
  'D is the score itself with the hinge loss, and its probability σ(score) with the two others.';
const adversarialHR: Explanation = {
  name: 'Adversarial loss, HR',
  sentence: 'Small where D_H takes the student’s output for real. With the hinge loss 1 is a score of 0.',
  equation: eq4,
  reading: { number: '8.2', sentence: adversarialReading },
};
const adversarialLR: Explanation = {
  name: 'Adversarial loss, LR',
  sentence: 'Small where D_L takes G’s output for real. It reaches the student through G.',
  equation: eq6,
  reading: { number: '8.2', sentence: adversarialReading },
};
const denoise: Explanation = {
  name: 'Denoising loss',
  sentence: 'Mean squared distance to the truth: of the student’s latent to that of x₀, of ŷ to y.',
  equation: eq7,
  reading: {
    number: '8.6',
    tex: '\\mathcal{L}_{denoise}=\\lVert\\hat{x}_\\phi-\\mathcal{E}(x_0)\\rVert^2,\\quad\\lVert\\hat{y}-y\\rVert^2',
    sentence: 'The student predicts x₀ itself, so its distance is taken there, in the latent; that of G in pixels.',
  },
};

/** By the symbol's TeX. */
export const explanations: Readonly<Record<string, Explanation>> = {
  y: {
    name: 'LR crop',
    sentence:
      'The low-resolution picture. Teacher and student see it in every step, and with noise it is where they start.',
  },
  x_T: {
    name: 'Noisy start',
    sentence: 'Where teacher and student start: y in the latent, with the most noise of the schedule.',
    reading: {
      number: '8.8',
      tex: 'x_T=\\mathcal{E}(y{\\uparrow})+\\kappa\\sqrt{\\eta_T}\\,\\epsilon',
      sentence: 'In the latent of its bicubic enlargement, with κ√η_T = 1.98.',
    },
  },
  x_0: { name: 'Ground truth', sentence: 'The high-resolution picture that y was made from.' },
  '\\hat{x}_\\theta': {
    name: 'Teacher’s sample',
    sentence: 'The end of the frozen teacher’s deterministic chain from x_T, each step by eq. 1.',
    equation: eq1,
  },
  'f_\\theta': {
    name: 'Teacher',
    sentence: 'The frozen ResShift network. It predicts x₀ at each step; eq. 1 leads from one to the next.',
    equation: eq1,
  },
  '\\hat{x}_\\phi': {
    name: 'Student’s output',
    sentence: 'One step of the student from x_T: the upscaled picture.',
    equation: eq7,
    reading: { number: '8.7', sentence: 'One step means from x_T, at time index 14 of 0 to 14.' },
  },
  'f_\\phi': {
    name: 'Student',
    sentence: 'The network that learns to do in one step what the teacher does in all of its steps. It alone upscales.',
    equation: eq7,
  },
  '\\epsilon': {
    name: 'Noise',
    sentence:
      'Standard normal noise that is added to the latent of y: teacher and student start at x_T = z_y + κ√η_T · ε, the same for both.',
  },
  '\\hat{y}': {
    name: 'Downsampled output',
    sentence: 'The output of G for the student’s output and noise ε′; it should look like y.',
    reading: {
      number: '8.12',
      tex: `\\hat{y}=${yHat}`,
      sentence: 'The noise beside the student’s latent, scaled to what the network knows.',
    },
  },
  '|\\hat{y}-y|': {
    name: 'Difference',
    sentence: 'How far ŷ is from y; its square is the denoising loss of G.',
    equation: eq8,
  },
  G: {
    name: 'Downsampler',
    sentence:
      'Learns to degrade HR pictures as the given ones were: a diffusion U-Net, or a small convolutional network.',
    equation: eq8,
    reading: {
      number: '8.15',
      tex: '\\mathcal{L}_{downsampler}=\\mathcal{L}_{denoise}+\\lambda_L\\mathcal{L}_L^G',
      sentence: 'Without the factor, and with the student’s output as it is: no gradient reaches the student.',
    },
  },
  D_H: discriminatorHR,
  '\\mathcal{L}_{D_H}': {
    ...discriminatorHR,
    name: 'Loss of D_H',
    sentence: 'Small where D_H tells x₀ from the student’s output.',
  },
  D_L: discriminatorLR,
  '\\mathcal{L}_{D_L}': { ...discriminatorLR, name: 'Loss of D_L', sentence: 'Small where D_L tells y from ŷ.' },
  'D_H(x_0)': discriminatorHR,
  'D_H(\\hat{x}_\\phi)': discriminatorHR,
  'D_L(y)': discriminatorLR,
  'D_L(\\hat{y})': discriminatorLR,
  'D_H(x_0)>0': discriminatorHR,
  'D_H(\\hat{x}_\\phi)<0': discriminatorHR,
  'D_L(y)>0': discriminatorLR,
  'D_L(\\hat{y})<0': discriminatorLR,
  '\\mathcal{L}_H^G': adversarialHR,
  '\\mathcal{L}_L^G': adversarialLR,
  '\\lambda_H': {
    ...adversarialHR,
    name: 'Weight of the adversarial loss in HR',
    reading: {
      number: '8.5',
      sentence:
        'The paper gives no weight. 1 lets D_H dominate the small squared distances, so 0.02 is the default. Adaptive, it is the length of the adversarial gradient over that of the reconstruction terms.',
    },
  },
  '\\lambda_L': {
    ...adversarialLR,
    name: 'Weight of the adversarial loss in LR',
    reading: {
      number: '8.5',
      sentence:
        'The paper gives no weight. 1 lets D_L dominate the small squared distances, so 0.02 is the default. Adaptive, it is the length of the adversarial gradient over that of the reconstruction terms.',
    },
  },
  '\\mathcal{L}_{distill}': {
    name: 'Distillation loss',
    sentence: 'Mean squared distance of the student’s latent to the teacher’s.',
    equation: eq2,
    reading: { number: '8.10', sentence: 'The teacher’s is the end of its whole chain from the same x_T.' },
  },
  '\\mathcal{L}_{LPIPS}': {
    name: 'Perceptual loss',
    sentence: 'LPIPS (AlexNet) between the window of the student’s picture and the same place of the truth.',
    reading: {
      number: '8.32',
      sentence: 'Not in the paper’s equations; off by default. The later version of ResShift has it.',
    },
  },
  '\\mathcal{L}_{denoise}': denoise,
  '\\mathcal{L}_{student}': {
    name: 'Loss of the student',
    sentence: 'The student minimises the distances to the truth and to the teacher, and both adversarial losses.',
    equation: eq7,
    reading: {
      number: '8.4',
      tex: '\\mathcal{L}_{student}=\\mathcal{L}_{denoise}+\\mathcal{L}_{distill}+\\lambda_H\\mathcal{L}_H^G+\\lambda_L\\mathcal{L}_L^G',
      sentence: weights,
    },
  },
  '\\mathcal{L}_{downsampler}': {
    name: 'Loss of the downsampler',
    sentence: 'G minimises the distance of ŷ to y, and the adversarial loss of D_L.',
    equation: eq8,
    reading: {
      number: '8.4',
      tex: '\\mathcal{L}_{downsampler}=\\mathcal{L}_{denoise}+\\lambda_L\\mathcal{L}_L^G',
      sentence: weights,
    },
  },
  '\\mathcal{L}_{cycle}': {
    name: 'Cycle loss',
    sentence: 'The denoising loss of G, taken to the student through G.',
    reading: {
      number: '8.15',
      sentence: 'Off by default; the paper speaks of cycle consistency but no equation has it.',
    },
  },
  '\\mathcal{L}_{inverse}': {
    name: 'Inverse loss',
    sentence: 'SinSR’s: from the teacher’s sample the student should find the noise again.',
    reading: { number: '8.11', sentence: 'Not in the paper’s equations; off by default.' },
  },
  '\\mathcal{L}_{gt}': {
    name: 'Ground-truth loss',
    sentence: 'SinSR’s: from the noise that belongs to the truth the student should find the truth.',
    reading: { number: '8.11', sentence: 'Not in the paper’s equations; off by default.' },
  },
  '\\bar\\alpha/(1-\\bar\\alpha)': {
    name: 'Factor of eqs. 7 and 8',
    sentence: 'Weighs the terms by the noise level in models whose ᾱ it is.',
    equation: eq7,
    reading: {
      number: '8.4',
      tex: '\\frac{(1-\\eta_T)^2}{\\kappa^2\\eta_T}=1.01\\cdot10^{-4}',
      sentence:
        'ResShift has no ᾱ; this is what stands in its place, when it is switched on: on all terms, or, as printed, on all but the denoising loss.',
    },
  },
};
