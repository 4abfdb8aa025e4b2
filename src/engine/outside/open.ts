/** Where outside models come from, and the one way to open any of them by name. */
import { errorMessage } from '../../formats/errors.ts';
import { type EsrganName, type ExternalMethod, isEsrgan } from '../../report/methods.ts';
import { type EsrganFiles, openEsrgan } from './esrgan.ts';
import { type OnnxRuntime, openOnnxModel } from './onnx-model.ts';
import type { OutsideModel } from './outside-model.ts';

export interface OutsideSource {
  esrgan(name: EsrganName): Promise<EsrganFiles>;
  /** The file of `onnx:ADDRESS`. @throws one sentence when it is not there */
  onnx(address: string): Promise<Blob>;
  /** Loaded when the first ONNX model is opened: it weighs tens of megabytes. */
  runtime(): Promise<OnnxRuntime>;
}

/** @throws one sentence, with the model's name where that is a file's */
export async function openOutside(
  name: ExternalMethod,
  source: OutsideSource,
  tile: number | 'auto' = 'auto',
): Promise<OutsideModel> {
  if (isEsrgan(name)) return openEsrgan(name, await source.esrgan(name), tile);
  const address = name.slice('onnx:'.length);
  const file = await source.onnx(address);
  try {
    return await openOnnxModel(file, await source.runtime(), tile);
  } catch (error) {
    throw new Error(`${address}: ${errorMessage(error)}`);
  }
}
