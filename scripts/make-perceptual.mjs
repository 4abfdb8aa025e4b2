/**
 * Makes public/models/perceptual/mobilenet-v2.safetensors from the npm package nsfwjs: the layers that the feature distance
 * needs, 8-bit weights expanded, batch norms folded into the convolutions, PyTorch layouts, fp16. Run once, on an unpacked
 * `npm pack nsfwjs@4.4.0`: npx tsx scripts/make-perceptual.mjs PACKAGE_FOLDER
 */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { writeSafetensors } from '../src/formats/safetensors.ts';
import { mobilenetParamShapes } from '../src/nn/mobilenet-v2.ts';

const folder = process.argv[2];
if (!folder) {
  console.error('Usage: npx tsx scripts/make-perceptual.mjs PACKAGE_FOLDER (an unpacked nsfwjs)');
  process.exit(2);
}
const target = 'public/models/perceptual/mobilenet-v2.safetensors';
/** Of every batch norm in the model. */
const epsilon = 1e-3;

const load = createRequire(import.meta.url);
const part = (name) => load(resolve(folder, 'dist/models/mobilenet_v2', name));
const bytes = Buffer.from(part('group1-shard1of1.min.js'), 'base64');

const sizeOf = (shape) => shape.reduce((product, n) => product * n, 1);
const stored = new Map();
let offset = 0;
for (const { name, shape, quantization } of part('model.min.js').weightsManifest[0].weights) {
  const size = sizeOf(shape);
  stored.set(
    name,
    Float64Array.from({ length: size }, (_, i) =>
      quantization ? bytes[offset + i] * quantization.scale + quantization.min : bytes.readFloatLE(offset + 4 * i),
    ),
  );
  offset += quantization ? size : 4 * size;
}
if (offset !== bytes.length) throw new Error(`The weights take ${bytes.length} bytes; the model names ${offset}.`);

/** Keras's names of a layer's kernel and of the batch norm after it. */
function kerasNames(name) {
  if (name === 'stem') return ['Conv1/kernel', 'bn_Conv1'];
  const [block, kind] = name.split('.');
  const layer = `${block === 'block_0' ? 'expanded_conv' : block}_${kind}`;
  return [`${layer}/${kind === 'depthwise' ? 'depthwise_kernel' : 'kernel'}`, `${layer}_BN`];
}

const tensors = [];
const shapes = mobilenetParamShapes();
for (const [parameter, shape] of shapes) {
  if (!parameter.endsWith('.weight')) continue;
  const name = parameter.slice(0, -'.weight'.length);
  const [kernelName, norm] = kerasNames(name);
  const kernel = stored.get(kernelName);
  const [gamma, beta, mean, variance] = ['gamma', 'beta', 'moving_mean', 'moving_variance'].map((key) =>
    stored.get(`${norm}/${key}`),
  );
  if (!kernel || !gamma || kernel.length !== sizeOf(shape)) throw new Error(`${kernelName} is not as expected.`);
  const [outputs, inputs, height, width] = shape;
  const scale = gamma.map((value, i) => value / Math.sqrt(variance[i] + epsilon));
  // Keras: [height, width, in, out], and [height, width, channels, 1] for the depthwise ones, which is the same order.
  const weight = Float32Array.from({ length: kernel.length }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width) % height];
    const [input, output] = [Math.floor(i / (width * height)) % inputs, Math.floor(i / (width * height * inputs))];
    return kernel[((y * width + x) * inputs + input) * outputs + output] * scale[output];
  });
  const bias = Float32Array.from(beta, (value, i) => value - mean[i] * scale[i]);
  tensors.push({ name: parameter, shape, dtype: 'F16', data: weight });
  tensors.push({ name: `${name}.bias`, shape: [outputs], dtype: 'F16', data: bias });
}

const file = Buffer.from(await writeSafetensors(tensors, { format: 'pt', source: 'nsfwjs 4.4.0' }).arrayBuffer());
await mkdir(join(target, '..'), { recursive: true });
await writeFile(target, file);
const parameters = tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
console.log(
  `${target}: ${parameters} parameters, ${file.length} bytes, SHA-256 ${createHash('sha256').update(file).digest('hex')}`,
);
