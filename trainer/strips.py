"""Pictures of a run's progress: a row a sample, a column a stage of it, written as PNG."""
import numpy as np
from PIL import Image


def save_strip(path, *columns):
    """Columns are uint8 N×H×W×3 of one N; smaller ones are enlarged to the first one's size by whole factors."""
    height = columns[0].shape[1]
    same = [column.repeat(height // column.shape[1], axis=1).repeat(height // column.shape[1], axis=2) for column in columns]
    rows = np.concatenate(same, axis=2)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.concatenate(list(rows), axis=0)).save(path)
