"""Writes keras2_layers.zip: a model for each layer class of Keras 2, with what it answers.

Run once, in an environment with tf_keras 2.21 (`pip install tf_keras`), which is Keras 2 under a
name of its own; the project does not depend on it.
"""

import tempfile
import zipfile
from pathlib import Path

import numpy as np
import tensorflow as tf
import tf_keras
from tf_keras import layers as k
from tf_keras.applications import densenet, resnet_v2, vgg16
from tf_keras.src.layers.rnn.cudnn_gru import CuDNNGRU
from tf_keras.src.layers.rnn.cudnn_lstm import CuDNNLSTM

RNG = np.random.default_rng(0)
ROWS, STEPS, IMAGE, VOLUME = (6,), (5, 3), (6, 6, 2), (4, 4, 4, 2)
FRAMES, LINES, PICTURE = (3, 4, 4, 2), (3, 5, 2), (4, 4, 3)


def twice(layer):
    return lambda x: layer([x, x])


# File -> the shape that the model takes, and the layer, or a function of the input.
CASES = {
    "Activation": (ROWS, k.Activation("tanh")),
    "ActivityRegularization": (ROWS, k.ActivityRegularization(l1=0.5)),
    "Add": (ROWS, twice(k.Add())),
    "AdditiveAttention": (STEPS, twice(k.AdditiveAttention())),
    "AlphaDropout": (ROWS, k.AlphaDropout(0.5)),
    "Attention": (STEPS, twice(k.Attention(use_scale=True))),
    "Average": (ROWS, twice(k.Average())),
    "AveragePooling1D": (STEPS, k.AveragePooling1D(2)),
    "AveragePooling2D": (IMAGE, k.AveragePooling2D(3, 1, "same")),
    "AveragePooling3D": (VOLUME, k.AveragePooling3D()),
    "BatchNormalization": (IMAGE, k.BatchNormalization()),
    "BatchNormalization renorm": (IMAGE, k.BatchNormalization(renorm=True)),
    "Bidirectional GRU": (STEPS, k.Bidirectional(k.GRU(3, return_sequences=True))),
    "Bidirectional LSTM": (STEPS, k.Bidirectional(k.LSTM(3), merge_mode="sum")),
    "Bidirectional two LSTM": (
        STEPS,
        k.Bidirectional(k.LSTM(3), backward_layer=k.LSTM(3, go_backwards=True)),
    ),
    "CategoryEncoding": ((1,), k.CategoryEncoding(4)),
    "CenterCrop": (IMAGE, k.CenterCrop(4, 3)),
    "Concatenate": (IMAGE, twice(k.Concatenate(axis=1))),
    "Conv1D": (STEPS, k.Conv1D(3, 2, padding="causal", dilation_rate=2)),
    "Conv1DTranspose": (STEPS, k.Conv1DTranspose(3, 2, 2, output_padding=1)),
    "Conv2D": (IMAGE, k.Conv2D(4, 3, groups=2)),
    "Conv2DTranspose": (IMAGE, k.Conv2DTranspose(3, 3, 2, "same", output_padding=1)),
    "Conv3D": (VOLUME, k.Conv3D(3, 2)),
    "Conv3DTranspose": (VOLUME, k.Conv3DTranspose(3, 2)),
    "ConvLSTM1D": (LINES, k.ConvLSTM1D(2, 2, recurrent_activation="sigmoid")),
    "ConvLSTM2D": (FRAMES, k.ConvLSTM2D(2, 2, recurrent_activation="sigmoid")),
    "ConvLSTM3D": ((2, 3, 3, 3, 2), k.ConvLSTM3D(2, 2, recurrent_activation="sigmoid")),
    "Cropping1D": (STEPS, k.Cropping1D((1, 2))),
    "Cropping2D": (IMAGE, k.Cropping2D(((1, 2), (0, 1)))),
    "Cropping3D": (VOLUME, k.Cropping3D(1)),
    "Dense": (ROWS, k.Dense(3, "relu", kernel_regularizer="l2", bias_constraint="non_neg")),
    "DepthwiseConv1D": (STEPS, k.DepthwiseConv1D(2, depth_multiplier=2)),
    "DepthwiseConv2D": (IMAGE, k.DepthwiseConv2D(3, depth_multiplier=2)),
    "Discretization": (ROWS, k.Discretization([0.2, 0.5])),
    "Dot": (STEPS, twice(k.Dot(axes=1, normalize=True))),
    "Dropout": (ROWS, k.Dropout(0.5, noise_shape=(None, 1), seed=1)),
    "ELU": (ROWS, k.ELU(0.5)),
    "EinsumDense": (STEPS, k.EinsumDense("abc,cd->abd", (None, 4), bias_axes="d")),
    "Embedding": ((4,), k.Embedding(5, 3, input_length=4)),
    "Flatten": (IMAGE, k.Flatten()),
    "GRU": (STEPS, k.GRU(3, dropout=0.2, recurrent_dropout=0.1)),
    "GRU reset before": (STEPS, k.GRU(3, reset_after=False, implementation=1)),
    "GaussianDropout": (ROWS, k.GaussianDropout(0.5)),
    "GaussianNoise": (ROWS, k.GaussianNoise(0.5)),
    "GlobalAveragePooling1D": (STEPS, k.GlobalAveragePooling1D()),
    "GlobalAveragePooling2D": (IMAGE, k.GlobalAveragePooling2D(keepdims=True)),
    "GlobalAveragePooling3D": (VOLUME, k.GlobalAveragePooling3D()),
    "GlobalMaxPooling1D": (STEPS, k.GlobalMaxPooling1D()),
    "GlobalMaxPooling2D": (IMAGE, k.GlobalMaxPooling2D()),
    "GlobalMaxPooling3D": (VOLUME, k.GlobalMaxPooling3D()),
    "GroupNormalization": (IMAGE, k.GroupNormalization(2)),
    "Identity": (ROWS, k.Identity()),
    "LSTM": (STEPS, k.LSTM(3, return_sequences=True, go_backwards=True)),
    "LSTM unrolled": (STEPS, k.LSTM(3, unroll=True, unit_forget_bias=False)),
    "LayerNormalization": (IMAGE, k.LayerNormalization()),
    "LeakyReLU": (ROWS, k.LeakyReLU(0.2)),
    "Masking": (STEPS, lambda x: k.LSTM(2)(k.Masking(0.5)(x))),
    "MaxPooling1D": (STEPS, k.MaxPooling1D(2)),
    "MaxPooling2D": (IMAGE, k.MaxPooling2D(3, 1, "same")),
    "MaxPooling3D": (VOLUME, k.MaxPooling3D()),
    "Maximum": (ROWS, twice(k.Maximum())),
    "Minimum": (ROWS, twice(k.Minimum())),
    "MultiHeadAttention": (STEPS, lambda x: k.MultiHeadAttention(2, 2, name="m")(x, x)),
    "Multiply": (ROWS, twice(k.Multiply())),
    "Normalization": (ROWS, k.Normalization()),
    "Normalization given": (ROWS, k.Normalization(mean=0.5, variance=2.0)),
    "PReLU": (IMAGE, k.PReLU(shared_axes=[1, 2])),
    "Permute": (IMAGE, k.Permute((3, 1, 2))),
    "RNN": (STEPS, k.RNN(k.LSTMCell(3))),
    "RNN stacked": (STEPS, k.RNN([k.GRUCell(3), k.SimpleRNNCell(2)])),
    "RandomBrightness": (IMAGE, k.RandomBrightness(0.2)),
    "RandomContrast": (IMAGE, k.RandomContrast(0.2)),
    "RandomCrop": (IMAGE, k.RandomCrop(4, 4)),
    "RandomFlip": (IMAGE, k.RandomFlip()),
    "RandomHeight": (IMAGE, k.RandomHeight(0.2)),
    "RandomRotation": (IMAGE, k.RandomRotation(0.2)),
    "RandomTranslation": (IMAGE, k.RandomTranslation(0.2, 0.1)),
    "RandomWidth": (IMAGE, k.RandomWidth(0.2)),
    "RandomZoom": (IMAGE, k.RandomZoom(0.2)),
    "ReLU": (ROWS, k.ReLU(0.7, negative_slope=0.1, threshold=0.2)),
    "RepeatVector": (ROWS, k.RepeatVector(3)),
    "Rescaling": (IMAGE, k.Rescaling(1 / 127.5, -1)),
    "Reshape": (IMAGE, k.Reshape((3, -1))),
    "Resizing": (IMAGE, k.Resizing(4, 3)),
    "Resizing crop": (IMAGE, k.Resizing(4, 3, crop_to_aspect_ratio=True)),
    "SeparableConv1D": (STEPS, k.SeparableConv1D(3, 2)),
    "SeparableConv2D": (IMAGE, k.SeparableConv2D(3, 2)),
    "SimpleRNN": (STEPS, k.SimpleRNN(3)),
    "Softmax": (STEPS, k.Softmax(axis=1)),
    "Softmax two axes": (STEPS, k.Softmax(axis=[1, 2])),
    "SpatialDropout1D": (STEPS, k.SpatialDropout1D(0.5)),
    "SpatialDropout2D": (IMAGE, k.SpatialDropout2D(0.5)),
    "SpatialDropout3D": (VOLUME, k.SpatialDropout3D(0.5)),
    "Subtract": (ROWS, lambda x: k.Subtract()([x, k.ReLU(0.5)(x)])),
    "ThresholdedReLU": (ROWS, k.ThresholdedReLU(0.5)),
    "TimeDistributed Conv2D": (FRAMES, k.TimeDistributed(k.Conv2D(2, 2))),
    "TimeDistributed GRU": ((2, *STEPS), k.TimeDistributed(k.GRU(3))),
    "TimeDistributed LSTM": ((2, *STEPS), k.TimeDistributed(k.Bidirectional(k.LSTM(3)))),
    "UnitNormalization": (ROWS, k.UnitNormalization()),
    "UpSampling1D": (STEPS, k.UpSampling1D(2)),
    "UpSampling2D": (IMAGE, k.UpSampling2D(2, interpolation="bilinear")),
    "UpSampling3D": (VOLUME, k.UpSampling3D(2)),
    "ZeroPadding1D": (STEPS, k.ZeroPadding1D((1, 2))),
    "ZeroPadding2D": (IMAGE, k.ZeroPadding2D(((1, 2), (0, 1)))),
    "ZeroPadding3D": (VOLUME, k.ZeroPadding3D(1)),
    # They run on a GPU alone: their successors, to which Keras 2 gives their weights, answer.
    "CuDNNGRU": (STEPS, CuDNNGRU(4), k.GRU(4)),
    "CuDNNLSTM": (STEPS, CuDNNLSTM(4), k.LSTM(4)),
    "Bidirectional CuDNNGRU": (STEPS, k.Bidirectional(CuDNNGRU(4)), k.Bidirectional(k.GRU(4))),
    "TimeDistributed CuDNNLSTM": (
        (2, *STEPS),
        k.TimeDistributed(k.Bidirectional(CuDNNLSTM(4, return_sequences=True))),
        k.TimeDistributed(k.Bidirectional(k.LSTM(4, return_sequences=True))),
    ),
    # What today's Keras has no more
    "GRU time_major": (STEPS, k.GRU(3, time_major=True)),
    "LocallyConnected1D": (STEPS, k.LocallyConnected1D(2, 3)),
    "LocallyConnected2D": (IMAGE, k.LocallyConnected2D(2, 3)),
}
# Each activation by name; hard_sigmoid, which became another function, wherever there is an option.
HARD, GATES = {"activation": "hard_sigmoid"}, {"recurrent_activation": "hard_sigmoid"}
NAMES = (
    *("elu", "exponential", "gelu", "hard_sigmoid", "leaky_relu", "linear", "mish", "relu", "selu"),
    *("sigmoid", "softmax", "softplus", "softsign", "swish", "tanh"),
)
CASES |= {f"activation {name}": (ROWS, k.Activation(name)) for name in NAMES} | {
    "hard_sigmoid Bidirectional": (STEPS, k.Bidirectional(k.LSTM(3, **GATES))),
    "hard_sigmoid Conv1D": (STEPS, k.Conv1D(3, 1, **HARD)),
    "hard_sigmoid Conv2D": (IMAGE, k.Conv2D(3, 1, **HARD)),
    "hard_sigmoid Conv2DTranspose": (IMAGE, k.Conv2DTranspose(3, 1, **HARD)),
    "hard_sigmoid Conv3D": (VOLUME, k.Conv3D(3, 1, **HARD)),
    "hard_sigmoid ConvLSTM1D": (LINES, k.ConvLSTM1D(2, 2)),  # in its gates, unless told otherwise
    "hard_sigmoid ConvLSTM2D": (FRAMES, k.ConvLSTM2D(2, 2)),
    "hard_sigmoid ConvLSTM3D": ((2, 3, 3, 3, 2), k.ConvLSTM3D(2, 2, **HARD)),
    "hard_sigmoid Dense": (ROWS, k.Dense(3, **HARD)),
    "hard_sigmoid DepthwiseConv2D": (IMAGE, k.DepthwiseConv2D(1, **HARD)),
    "hard_sigmoid EinsumDense": (STEPS, k.EinsumDense("abc,cd->abd", (None, 4), **HARD)),
    "hard_sigmoid GRU": (STEPS, k.GRU(3, reset_after=False, **GATES)),
    "hard_sigmoid LSTM": (STEPS, k.LSTM(3, **HARD, **GATES)),
    "hard_sigmoid RNN": (STEPS, k.RNN([k.GRUCell(3, **GATES), k.SimpleRNNCell(2, **HARD)])),
    "hard_sigmoid SeparableConv2D": (IMAGE, k.SeparableConv2D(3, 1, **HARD)),
    "hard_sigmoid SimpleRNN": (STEPS, k.SimpleRNN(3, **HARD)),
    "hard_sigmoid TimeDistributed": (STEPS, k.TimeDistributed(k.Dense(3, **HARD))),
}
# Functions of TensorFlow, which Keras 2 recorded
CASES |= {
    "preprocess_input caffe": (PICTURE, vgg16.preprocess_input),
    "preprocess_input tf": (PICTURE, resnet_v2.preprocess_input),
    "preprocess_input torch": (PICTURE, densenet.preprocess_input),
    "reverse": (IMAGE, lambda x: tf.reverse(x, [-1, 1])),
    "PReLU of each pixel": (IMAGE, k.PReLU()),
    "slice": (IMAGE, lambda x: x[..., ::-1]),
    "slice of each kind": (IMAGE, lambda x: x[:, 1:-1, ::2, 0, tf.newaxis]),
    "slice of one axis": (IMAGE, lambda x: x[1:]),
}

# Saved as SavedModels, too
FOLDERS_TOO = ("Bidirectional LSTM", "GRU", "PReLU", "PReLU of each pixel", "TimeDistributed LSTM")

if __name__ == "__main__":
    tf_keras.utils.set_random_seed(1)
    target = Path(__file__).with_name("keras2_layers.zip")
    answers = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, (shape, layer, *successor) in CASES.items():
            inputs = k.Input(shape, name="input")
            model = tf_keras.Model(inputs, layer(inputs))
            # Away from what they start with, and positive, as a variance is.
            for variable in model.variables:
                if variable.dtype.is_floating:
                    variable.assign(RNG.uniform(0.1, 1, variable.shape))
            for inner in model._flatten_layers():
                inner.finalize_state()
            images = RNG.random((2, *shape)).astype(np.float32)
            if name in {"Embedding", "CategoryEncoding"}:
                images = np.floor(images * 4)
            answers[f"{name}/images"] = images
            model.save(Path(folder) / f"{name}.h5", include_optimizer=False)
            if name == "MultiHeadAttention":
                model.save(Path(folder) / f"{name}.keras")
            if name in FOLDERS_TOO:
                model.save(Path(folder) / name, save_format="tf", save_traces=False)
            if successor:
                model = tf_keras.Model(inputs, successor[0](inputs))
                model.load_weights(Path(folder) / f"{name}.h5")
            answers[f"{name}/answers"] = np.asarray(model(images, training=False))
        np.savez(Path(folder) / "answers.npz", **answers)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(Path(folder).rglob("*")):
                archive.write(file, file.relative_to(folder))
