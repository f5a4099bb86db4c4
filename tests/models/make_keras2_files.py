"""Writes keras2_files.zip: one small network in every format of Keras 2, by Keras 2 itself.

Run once, in an environment with tf_keras 2.21 (`pip install tf_keras`), which is Keras 2 under a
name of its own; the project does not depend on it.
"""

import os
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import tf_keras
from tf_keras import layers

target = Path(__file__).with_name("keras2_files.zip")
tf_keras.utils.set_random_seed(1)
backbone = tf_keras.Sequential(
    [
        layers.Input((8, 8, 3)),
        layers.Conv2D(4, 3, padding="same", kernel_regularizer="l2", name="first/conv"),
        layers.BatchNormalization(name="norm"),
        layers.DepthwiseConv2D(3, padding="same", name="depthwise"),
    ],
    name="backbone",
)
inputs = layers.Input((8, 8, 3), name="input")
x = backbone(inputs / 127.5 - 1.0)
y = layers.SeparableConv2D(4, 1, name="separable")(x)
x = layers.LeakyReLU(0.2)(x + y)
x = layers.ReLU(max_value=6)(layers.Concatenate()([x, y]))
outputs = layers.Dense(3, activation="softmax", name="classes")(layers.GlobalAveragePooling2D()(x))
model = tf_keras.Model(inputs, outputs, name="small")
images = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 3)).astype("float32")
model.compile("adam", "categorical_crossentropy")
model.fit(images, np.eye(3)[[0, 1, 2, 1, 0]], epochs=3, verbose=0)

with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    np.savez("answers.npz", images=images, answers=model.predict(images, verbose=0))
    model.save("whole.h5")
    model.save("archive.keras")
    Path("model.json").write_text(model.to_json())
    model.save_weights("by_layer.h5")
    model.save_weights("by_path.weights.h5")
    bare = tf_keras.models.model_from_json(model.to_json())
    bare.set_weights(model.get_weights())
    bare.save("saved_model", save_format="tf", include_optimizer=False, save_traces=False)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in Path().rglob("*"):
            archive.write(file)
