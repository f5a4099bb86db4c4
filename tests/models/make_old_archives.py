"""Writes old_archives.zip: one network as Keras 2.12 and as Keras 2.13 wrote `.keras` files.

They count a layer that has weights twice in the names of their arrays. Run with Keras 2.12, then
with Keras 2.13 (`pip install tensorflow-cpu==2.12.0`, then `keras==2.13.1` over it).
"""

import tempfile
import zipfile
from pathlib import Path

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(1)
backbone = keras.Sequential(
    [
        layers.Input((8, 8, 3)),
        layers.Conv2D(4, 3, padding="same"),
        layers.BatchNormalization(),
        layers.Conv2D(4, 3, padding="same"),
        layers.Dropout(0.5),
    ],
    name="backbone",
)
inputs = layers.Input((8, 8, 3))
x = backbone(inputs)
x = layers.Conv2D(4, 3, activation="relu")(x)
x = layers.BatchNormalization()(x)
x = layers.Conv2D(4, 3, activation="relu")(x)
x = layers.Reshape((4, 16))(x)
x = layers.Bidirectional(layers.GRU(3, return_sequences=True, dropout=0.1))(x)
x = layers.TimeDistributed(layers.Dropout(0.2))(x)
x = layers.TimeDistributed(layers.Dense(3))(x)
x = layers.LSTM(3)(x)
x = layers.Dense(4)(x)
outputs = layers.Dense(3, activation="softmax")(x)
model = keras.Model(inputs, outputs)
rng = np.random.default_rng(0)
for variable in model.variables:
    if variable.dtype.is_floating:
        variable.assign(rng.uniform(0.1, 0.6, variable.shape))
images = rng.random((2, 8, 8, 3)).astype("float32")
model.compile("adam", "categorical_crossentropy")
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "net.keras"
    model.save(path, save_format="keras_v3")
    np.savez(Path(folder) / "answers.npz", images=images, answers=model(images, training=False))
    target = Path(__file__).with_name("old_archives.zip")
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        for file in (path, path.with_name("answers.npz")):
            archive.write(file, f"{keras.__version__}/{file.name}")
