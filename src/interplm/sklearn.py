"""SAE features in scikit-learn: a transformer of sequences, and scores to choose features by.

    >>> from sklearn.feature_selection import SelectKBest
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from interplm.sklearn import SAEFeatures, auroc
    >>> features = SAEFeatures("Elana/InterPLM-esm2-8m", layer=4)
    >>> probe = make_pipeline(features, SelectKBest(auroc, k=32), LogisticRegression())

Keep homologues apart when such a pipeline is judged: `cross_val_score(probe, sequences, y,
groups=clusters, cv=GroupKFold())`. A fitted one is kept without pickle by the package skops (extra
`sklearn`): `skops.io.dump(probe, "probe.skops")`, and `skops.io.load("probe.skops",
trusted=TRUSTED)`. PLM and SAE are no part of the file; they are loaded again from `source`.
"""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csc_array, csr_array, issparse
from scipy.stats import rankdata
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from interplm.model import Model, Pooling, load

# What a stored pipeline may name of this module.
TRUSTED = [f"interplm.sklearn.{name}" for name in ("SAEFeatures", "auroc", "best_f1")]


class SAEFeatures(TransformerMixin, BaseEstimator):
    """Sequences to pooled features of an SAE, as a scikit-learn transformer.

    Args:
        source: see `interplm.load`.
        plm: see `interplm.load`.
        layer: see `interplm.load`.
        how: over the residues of each sequence: max, mean or sum.
        device: where to compute.

    Attributes:
        n_features_out_: number of features of the SAE.
    """

    def __init__(
        self,
        source: str,
        *,
        plm: str | None = None,
        layer: int | None = None,
        how: Pooling = "max",
        device: str = "cpu",
    ) -> None:
        self.source = source
        self.plm = plm
        self.layer = layer
        self.how = how
        self.device = device

    # Not among the fitted attributes, which a stored pipeline holds.
    _model: Model | None = None

    def _load(self) -> Model:
        return load(self.source, plm=self.plm, layer=self.layer, device=self.device)

    def __getstate__(self) -> dict[str, Any]:  # of the arguments and of numbers
        return {name: value for name, value in super().__getstate__().items() if name != "_model"}

    def fit(self, X: Sequence[str], y: object = None) -> Self:
        """Load the models; nothing is learnt from the sequences."""
        self._model = self._load()
        self.n_features_out_ = self._model.d_sae
        return self

    def transform(self, X: Sequence[str]) -> csr_array:
        """Pooled features, float32 [n_sequences, d_sae]."""
        check_is_fitted(self)
        if self._model is None:
            self._model = self._load()
        return self._model.pooled(list(X), how=self.how)

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:
        """`f0`, `f1` and so on."""
        check_is_fitted(self)
        return np.array([f"f{number}" for number in range(self.n_features_out_)], dtype=object)

    def __sklearn_tags__(self) -> Any:  # scikit-learn's own class of tags
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = True
        tags.requires_fit = False
        return tags


def auroc(X: ArrayLike | csr_array, y: ArrayLike) -> NDArray[np.float64]:
    """Area under the ROC curve of each column as a score of y, ties counted half.

    Args:
        X: [n_samples, n_features], dense or sparse.
        y: two labels [n_samples]; the larger one is the positive.

    Returns:
        [n_features]; 0.5 where a column says nothing.

    Raises:
        ValueError: unless there are exactly two labels.
    """
    positive = _positive(y)
    n_positive, n = int(positive.sum()), len(positive)
    areas = []
    for column in _columns(X):
        ranks = rankdata(column)
        excess = ranks[positive].sum() - n_positive * (n_positive + 1) / 2
        areas.append(excess / (n_positive * (n - n_positive)))
    return np.array(areas)


def best_f1(X: ArrayLike | csr_array, y: ArrayLike) -> NDArray[np.float64]:
    """The largest F1 over all thresholds of each column, `column > threshold` being the detector.

    Arguments and errors as of `auroc`; a threshold below the smallest value counts too.
    """
    positive = _positive(y)
    found = []
    for column in _columns(X):
        order = np.argsort(-column, kind="stable")
        sorted_values = column[order]
        hits = np.cumsum(positive[order])
        # A threshold lies between two different values.
        last = np.append(sorted_values[1:] != sorted_values[:-1], True)
        n_called = np.arange(1, len(column) + 1)
        found.append((2 * hits / (n_called + positive.sum()))[last].max())
    return np.array(found)


def _positive(y: ArrayLike) -> NDArray[np.bool_]:
    labels = np.unique(np.asarray(y))
    if len(labels) != 2:
        raise ValueError(f"y must have two labels, got {len(labels)}.")
    found: NDArray[np.bool_] = np.asarray(y) == labels[1]
    return found


def _columns(X: ArrayLike | csr_array) -> list[NDArray[np.float64]]:
    if issparse(X):
        columns = csc_array(X)
        return [columns[:, [i]].toarray().ravel().astype(float) for i in range(columns.shape[1])]
    return list(np.asarray(X, dtype=float).T)
