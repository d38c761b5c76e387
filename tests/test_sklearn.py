import numpy as np
import pytest
import skops.io
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator
from skops.io.exceptions import UntrustedTypesFoundException
from tests.packs.packs import LAYER, small_pack

import interplm
from interplm.packs.pack import save_pack
from interplm.sklearn import TRUSTED, SAEFeatures, auroc, best_f1

SEQUENCES = [f"MK{'AVLC'[n % 4] * (3 + n)}GHW" for n in range(12)]


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pack")
    save_pack(small_pack(), folder)
    return str(folder)


@pytest.mark.parametrize("how", ["max", "mean", "sum"])
def test_sequences_become_the_pooled_features_of_the_model(pack, how):
    made = SAEFeatures(pack, plm="esm2_demo", how=how).fit(SEQUENCES)
    expected = interplm.load(pack, plm="esm2_demo", layer=LAYER).pooled(SEQUENCES, how=how)
    found = made.transform(SEQUENCES)
    np.testing.assert_allclose(found.toarray(), expected.toarray(), rtol=1e-5)
    assert list(made.get_feature_names_out()[:2]) == ["f0", "f1"]
    assert len(made.get_feature_names_out()) == found.shape[1]


def test_parameters_are_those_of_a_transformer(pack):
    made = clone(SAEFeatures(pack, plm="esm2_demo").set_params(how="sum"))
    assert (made.source, made.how) == (pack, "sum")


def test_what_scikit_learn_asks_of_a_transformer_of_strings_holds(pack):
    results = check_estimator(SAEFeatures(pack, plm="esm2_demo"), on_skip=None)
    assert {result["status"] for result in results} == {"passed"}


def test_features_are_selected_and_probed_in_a_pipeline_with_groups_kept_apart(pack):
    y = np.array([("C" in sequence) for sequence in SEQUENCES])
    probe = make_pipeline(
        SAEFeatures(pack, plm="esm2_demo"), SelectKBest(auroc, k=4), LogisticRegression()
    )
    scores = cross_val_score(probe, SEQUENCES, y, groups=np.arange(12) // 4, cv=GroupKFold(3))
    assert scores.shape == (3,)
    assert scores.mean() > 0.5


def test_a_fitted_pipeline_is_kept_without_pickle(pack, tmp_path):
    y = np.array([("C" in sequence) for sequence in SEQUENCES])
    features = SAEFeatures(pack, plm="esm2_demo")
    probe = make_pipeline(features, SelectKBest(auroc, k=4), LogisticRegression())
    probe.fit(SEQUENCES, y)
    skops.io.dump(probe, tmp_path / "probe.skops")
    again = skops.io.load(tmp_path / "probe.skops", trusted=TRUSTED)
    np.testing.assert_allclose(again.predict_proba(SEQUENCES), probe.predict_proba(SEQUENCES))
    assert (tmp_path / "probe.skops").stat().st_size < 200_000
    with pytest.raises(UntrustedTypesFoundException):
        skops.io.load(tmp_path / "probe.skops")


def samples():
    generator = np.random.default_rng(0)
    X = generator.integers(0, 6, size=(60, 7)).astype(float)
    X[:, 3] = 0
    return X, generator.random(60) < 0.3


@pytest.mark.parametrize("form", [np.asarray, csr_array])
def test_scores_are_those_of_scikit_learn(form):
    X, y = samples()
    np.testing.assert_allclose(auroc(form(X), y), [roc_auc_score(y, x) for x in X.T])
    naive = [max(f1_score(y, x > t) for t in (-1, *np.unique(x)[:-1])) for x in X.T]
    np.testing.assert_allclose(best_f1(form(X), y), naive)


def test_one_label_is_refused():
    with pytest.raises(ValueError, match="y must have two labels, got 1"):
        auroc(np.zeros((3, 2)), [1, 1, 1])
