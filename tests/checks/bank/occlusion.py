"""Wrong answers to the exercises of notebook 06, which the explanations were not written for."""

# ruff: noqa: B905, E501, RUF059  (answers as students write them; a pattern in one line)

import numpy as np
import tensorflow as tf

from helpers.checks import findings
from tests.checks.bank import wrong


def unused(name):
    """Return a pattern of sentences that say: this argument has no effect."""
    nothing = r"(ignored|not (used|read|passed)|unused|never|no (effect|influence))"
    whatever = r"(ignor|(not|never) us|not depend|whatever|regardless|independent|without us)\w*"
    return rf"\b{name}\b.{{0,40}}{nothing}|{whatever}.{{0,40}}\b{name}\b"


# Right answers to the first three exercises, which those to the fourth and fifth call.


def cover_patch(images, row, column, patch, fill):
    covered = images.copy()
    covered[:, row : row + patch[0], column : column + patch[1]] = fill
    return covered


def patch_positions(size, patch, stride):
    starts = list(range(0, size - patch + 1, stride))
    if starts[-1] != size - patch:
        starts.append(size - patch)
    return np.array(starts)


def average_overlaps(drops, rows, columns, patch, size):
    sums, counts = np.zeros((len(drops), *size)), np.zeros(size)
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            sums[:, row : row + patch[0], column : column + patch[1]] += drops[:, i, j, None, None]
            counts[row : row + patch[0], column : column + patch[1]] += 1
    return sums / counts


# cover_patch(images, row, column, patch, fill)


@wrong(
    "cover_patch",
    r"ends? (at|with) (the )?.?(patch|height|width)|(not|instead of|for) (its|the|a) (length|size)|"
    r"(length|size|height|width)\w*.{0,40}\b(as|for)\b.{0,20}\bend|row ?: ?(patch|height)|"
    r"(start|row|column)\w*.{0,30}(not|never) added|add.{0,20}(start|.row)|instead of (from .{0,10})?(to )?.?row ?\+|not .{0,10}row ?\+|from row to (the )?(height|patch)",
    says=r"too (small|short|narrow|low)|smaller|fewer|nothing|not covered",
)
def slice_ends_at_the_patch(images, row, column, patch, fill):
    covered = np.array(images)
    height, width = patch
    covered[:, row:height, column:width, :] = fill
    return covered


@wrong(
    "cover_patch",
    r"\bcop(y|ies)\b|in.?place\b(?! of)|\bview\b|original|caller|shares? (its )?memory|same memory|(chang|alter|modif|overwrit|mutat|destroy|empt)\w*.{0,30}(argument|input|images)|(argument|input|images)\b.{0,30}(chang|alter|modif|overwrit|mutat|destroy|empt)",
    says=r"chang|original|alter|modif",
)
def slice_taken_for_a_copy(images, row, column, patch, fill):
    covered = images[:]
    for y in range(row, row + patch[0]):
        for x in range(column, column + patch[1]):
            covered[:, y, x] = fill
    return covered


@wrong(
    "cover_patch",
    r"uint8|\bint(eger)?s?\b|whole number|dtype|data type|truncat|rounded|fraction|decimal|cut (off|down)|float",
    says=r"not(hing)? .{0,20}covered|nothing|unchanged|as they (are|were)|no (patch|pixel)",
)
def mask_of_bytes(images, row, column, patch, fill):
    overlay = np.zeros(images.shape, dtype=np.uint8)
    overlay[:, row : row + patch[0], column : column + patch[1], :] = fill
    return np.where(overlay > 0, overlay, images).astype(np.float32)


@wrong(
    "cover_patch",
    r"(row|place|corner|start|position|coordinate)\w*.{0,60}(swap|exchang|interchang|mixed|switch|"
    r"revers|wrong order)|(swap|exchang|interchang|mixed|switch|revers)\w*.{0,40}(row|place|corner|"
    r"start|position|coordinate)|row\w* (goes?|belongs?|runs?) .{0,20}(axis 1|"
    r"height)|x and y|\(column, row\)|row.{0,30}(along|for|in|across) the (width|columns)|column.{0,30}(along|for|in|down) the (height|rows)",
    says=r"elsewhere|another place|wrong (place|position)|mov|shift|transpos",
)
def corner_read_as_x_and_y(images, row, column, patch, fill):
    x, y = row, column
    h, w = patch
    covered = images.copy()
    for image in covered:
        image[y : y + h, x : x + w] = fill
    return covered


@wrong(
    "cover_patch",
    r"square|patch\[1\]|(width|second (number|entry|element|value)).{0,40}(ignored|not used|unused|"
    r"never|forgotten|missing)|(ignor|not us|never us|forg)\w*.{0,40}width|height.{0,30}(both|twice"
    r"|two|also)|patch\[0\].{0,40}(both|width|wide|columns|twice)|(width|second).{0,40}(not|never) (enter|matter|count|look|play)",
    says=r"too (wide|narrow)|width|columns",
)
def every_patch_is_square(images, row, column, patch, fill):
    side = patch[0]
    covered = np.copy(images)
    covered[:, row : row + side, column : column + side] = fill
    return covered


@wrong(
    "cover_patch",
    r"(everywhere|all (the )?pixels|every pixel|whole image|outside)|fill.{0,40}(not multiplied|"
    r"without (the|a) mask|mask)|mask.{0,30}fill",
    says=r"outside|everywhere|brighter|larger|whole image|all (the )?pixels|rest",
)
def fill_added_everywhere(images, row, column, patch, fill):
    below = images.shape[1] - row - patch[0]
    right = images.shape[2] - column - patch[1]
    mask = tf.pad(tf.ones(patch), [[row, below], [column, right]])[None, :, :, None]
    return (1 - mask) * images + fill


# patch_positions(size, patch, stride)


@wrong(
    "patch_positions",
    r"\bsort|\border|increas|ascend|last.{0,40}(first|front|begin)|(first|front|begin).{0,40}last",
    says=r"order|first|sort|same (starts|numbers|values)",
)
def last_start_in_front(size, patch, stride):
    starts = [size - patch]
    position = 0
    while position < size - patch:
        starts.append(position)
        position += stride
    return np.array(starts)


@wrong(
    "patch_positions",
    r"(patch|one|last|it) (starts|begins) (at|on|behind|where) (the )?.?(border|size\b(?! ?[-−–])|edge|end|image)|outside|beyond|no pixels?\b|"
    r"(start|last).{0,40}not (at )?.?size\b|last (start|one|patch).{0,20} (is|at|=) (the )?(image's )?.?size\b(?! ?[-−–])|start is the size itself",
    says=r"last|too (large|big|far)|outside|beyond",
)
def last_patch_starts_at_the_border(size, patch, stride):
    starts = np.arange(0, size - patch + 1, stride)
    if (size - patch) % stride != 0:
        starts = np.append(starts, size)
    return starts


@wrong(
    "patch_positions",
    r"patch ?\+ ?(the )?.?stride|stride ?\+ ?(the )?.?patch|gap|(sum|plus|both|added).{0,40}stride|"
    r"stride.{0,40}(plus|added|on top|between|gap|in addition)|(start|one) to (the )?next|"
    r"end of (a|one|the) patch",
    says=r"too few|gap|far|apart|never covered|missing",
)
def stride_as_a_gap(size, patch, stride):
    positions = []
    start = 0
    while start + patch <= size:
        positions.append(start)
        start = start + patch + stride
    if positions[-1] + patch < size:
        positions.append(size - patch)
    return np.array(positions)


@wrong(
    "patch_positions",
    r"stick|outside|beyond|overhang|out of the|clip|after .?size|too far|over the border|past the|"
    r"(not|must|should|has to|ought to) (end|lie|be|stop).{0,30}(border|flush|inside)|"
    r"round(s|ed)? up|ceil|(larger|more|greater) than .?size ?[-−–]|multiple of the stride, (larger|too)|shift\w* .{0,10}back",
    says=r"last|too (large|far)|border|outside",
)
def last_patch_overhangs(size, patch, stride):
    count = int(np.ceil((size - patch) / stride)) + 1
    return np.array([number * stride for number in range(count)])


@wrong(
    "patch_positions",
    r"%|remainder|modulo|divi(d|s)|twice|repeat|repet|duplica|double|two times|if it is missing|"
    r"only if|already|(test|judg|ask|check|decid)\w*.{0,40}\bsize\b",
    says=r"twice|repeat|duplica|two times|one (start )?too many",
)
def fit_judged_by_the_size(size, patch, stride):
    result = list(range(0, size - patch + 1, stride))
    if size % stride > 0:
        result.append(size - patch)
    return np.array(result)


@wrong(
    "patch_positions",
    r"\bends?( of the patch\w*)?,? (for|instead of|rather than|in place of|and not|not).{0,20}start|"
    r"start\w*,? (not|instead of|rather than).{0,20}\bends?\b|where (the |each |every |a )?patch(es)?"
    r" ends?|\bends?\b.{0,40}subtract|first (start|patch|one).{0,20} 0\b(?!.*not at the stride)|\bends?\b,.{0,40}\bstarts",
    says=r"shift|too (large|far|high)|by (the |a )?patch|first",
)
def ends_for_starts(size, patch, stride):
    ends = [*range(patch, size, stride), size]
    return np.array(ends)


# average_overlaps(drops, rows, columns, patch, size)


@wrong(
    "average_overlaps",
    r"halv|\bhalf|pair|running|success|each new|(later|last|latest|new)\w* (patch|drop|one)?.{0,40}"
    r"(weigh|more|count|half)|weigh|mean of (a |the )?(two )?means?|average of (an? |the )?average",
    says=r"later|last|lower right|weigh|more than two|three",
)
def halved_again_and_again(drops, rows, columns, patch, size):
    result = np.full((drops.shape[0], size[0], size[1]), np.nan)
    for i in range(len(rows)):
        for j in range(len(columns)):
            window = result[:, rows[i] : rows[i] + patch[0], columns[j] : columns[j] + patch[1]]
            new = drops[:, i, j].reshape(-1, 1, 1)
            window[...] = np.where(np.isnan(window), new, (window + new) / 2)
    return result


@wrong(
    "average_overlaps",
    r"(axis|axes|index|indices|order|loop|rows?|columns?|i and j)\w*.{0,60}(swap|exchang|interchang|"
    r"mixed|revers|wrong order|other way)|(swap|exchang|interchang|mixed|revers|confus)\w*.{0,60}"
    r"(axis|axes|index|indices|order|row|column)|(second|first) axis.{0,40}rows|axis 1.{0,30}rows|"
    r"drops\[:, ?j, ?i|row before|rows (come|stand) (first|before)|\bi\b (counts|runs over|belongs to|numbers|is for) the columns|(second|first) index of .?drops",
    says=r"IndexError|out of (bounds|range)|transpos|elsewhere|swap",
)
def column_counts_first(drops, rows, columns, patch, size):
    total = np.zeros((len(drops), *size))
    hits = np.zeros(size)
    for i, x in enumerate(columns):
        for j, y in enumerate(rows):
            for n in range(len(drops)):
                total[n, y : y + patch[0], x : x + patch[1]] += drops[n, i, j]
            hits[y : y + patch[0], x : x + patch[1]] += 1
    return total / hits


@wrong(
    "average_overlaps",
    r"rows\[i\]|columns\[j\]|"
    + unused("(rows|columns)")
    + r"|(placed|starts?|lie|put) (at|by) .{0,20}(ind(ex|ices)|number|counter)|"
    r"numbers,? (not|instead)|consecutive|side by side|one pixel (apart|further|on)|"
    r"stride.{0,30}(1|one|ignored|lost)|(index|indices|counter)\b.{0,30}(\bnot\b|instead|is no)",
    says=r"nan|upper left|never covered|not covered|empty|divi\w+ by (0|zero)",
)
def placed_by_their_number(drops, rows, columns, patch, size):
    total, count = np.zeros((len(drops), *size)), np.zeros(size)
    for i in range(len(rows)):
        for j in range(len(columns)):
            total[:, i : i + patch[0], j : j + patch[1]] += drops[:, i, j][:, None, None]
            count[i : i + patch[0], j : j + patch[1]] += 1
    return total / count


@wrong(
    "average_overlaps",
    r"product|multipl|times|(count|number|how many|divisor)\w*.{0,60}(added|sum\b|plus|\+)|"
    r"(added|adds|sum of|plus|\+).{0,60}(count|number|how many|divisor)|outer",
    says=r"too small|half|smaller|divi",
)
def counts_added_not_multiplied(drops, rows, columns, patch, size):
    down = np.zeros((len(rows), size[0]))
    for i, row in enumerate(rows):
        down[i, row : row + patch[0]] = 1
    across = np.zeros((len(columns), size[1]))
    for j, column in enumerate(columns):
        across[j, column : column + patch[1]] = 1
    total = np.einsum("nij,ih,jw->nhw", drops, down, across)
    count = down.sum(axis=0)[:, None] + across.sum(axis=0)[None, :]
    return total / count


@wrong(
    "average_overlaps",
    r"\bint|dtype|data type|whole number|truncat|fraction|decimal|float|cut off|rounded",
    says=r"whole|round|zero|\b0\b|truncat",
)
def sums_of_whole_numbers(drops, rows, columns, patch, size):
    sums = np.zeros((len(drops), size[0], size[1]), dtype=int)
    counts = np.zeros(size, dtype=int)
    for i, top in enumerate(rows):
        for j, left in enumerate(columns):
            bottom, right = top + patch[0], left + patch[1]
            old = sums[:, top:bottom, left:right]
            sums[:, top:bottom, left:right] = old + drops[:, i, j, None, None]
            counts[top:bottom, left:right] += 1
    return sums / counts


@wrong(
    "average_overlaps",
    r"last (row|column|patch|start|one|entr)\w*.{0,60}(left out|missing|skip|not (used|reached|counted)|forgotten|never)|(one|a) (row|column|start|patch)\w* (too few|short|is "
    r"missing)|range|left out|len\((rows|columns)\)|stops? (too early|one)|skip|(leave|leaves|left|miss|misses) (out )?(the )?last",
    says=r"last|border|bottom|right|nan|edge|\b0\b|zero",
)
def last_starts_skipped(drops, rows, columns, patch, size):
    total, count = np.zeros((len(drops), *size)), np.zeros(size)
    for i in range(0, len(rows) - 1):
        for j in range(0, len(columns) - 1):
            y, x = rows[i], columns[j]
            total[:, y : y + patch[0], x : x + patch[1]] += drops[:, i, j, None, None]
            count[y : y + patch[0], x : x + patch[1]] += 1
    return total / np.maximum(count, 1)


@wrong(
    "average_overlaps",
    r"square|patch\[1\]|(width|second (number|entry|element|value)).{0,40}(ignored|not used|unused|"
    r"never|forgotten|missing)|(ignor|not us|never us|forg)\w*.{0,40}width|height.{0,30}(both|twice"
    r"|two|also)|patch\[0\].{0,40}(both|width|wide|columns|twice)|(width|second).{0,40}(not|never) (enter|matter|count|look|play)",
    says=r"not square|width|columns|nan",
)
def height_used_for_both(drops, rows, columns, patch, size):
    k = patch[0]
    total, count = np.zeros((len(drops), *size)), np.zeros(size)
    for (i, j), _ in np.ndenumerate(drops[0]):
        total[:, rows[i] : rows[i] + k, columns[j] : columns[j] + k] += drops[:, i, j, None, None]
        count[rows[i] : rows[i] + k, columns[j] : columns[j] + k] += 1
    return total / count


@wrong(
    "average_overlaps",
    r"first (image|one|map|picture)|drops\[0|one image|(each|every) (image|picture|map).{0,30}(own|its)"
    r"|own drops|(the )?other images",
    says=r"first (image|map|one)|same map|all (maps|images)",
)
def first_images_drops_for_all(drops, rows, columns, patch, size):
    total, count = np.zeros((len(drops), *size)), np.zeros((len(drops), *size))
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            value = float(drops[0][i][j])
            total[:, row : row + patch[0], column : column + patch[1]] += value
            count[:, row : row + patch[0], column : column + patch[1]] += 1
    return np.divide(total, count, out=np.zeros_like(total), where=count > 0)


# drop_map(predict, images, class_index, patch, stride, fill)


def drops_to_map(images, patch, stride, drop):
    """Put together a map; `drop(row, column)` gives the drops (N,) of one patch."""
    rows = patch_positions(images.shape[1], patch[0], stride[0])
    columns = patch_positions(images.shape[2], patch[1], stride[1])
    drops = np.stack([np.stack([drop(r, c) for c in columns], axis=-1) for r in rows], axis=1)
    return average_overlaps(drops, rows, columns, patch, images.shape[1:3])


@wrong(
    "drop_map",
    r"class_index ?[-−–] ?1|(class|column)\w*.{0,40}(before|previous|preceding|one (off|too low|less)|"
    r"off by one|too low|lower)|(previous|preceding|wrong|another|neighbou?ring) class|"
    r"count\w* from (0|zero)|from (0|zero),? not|shifted by one|one (class|column) (too|before|off)|off by one",
    says=r"another class|class.{0,20}(before|previous)|wrong class|other class",
)
def classes_counted_from_one(predict, images, class_index, patch, stride, fill):
    column = class_index - 1  # as classes are numbered from 1
    before = predict(images)[:, column]
    return drops_to_map(
        images,
        patch,
        stride,
        lambda r, c: before - predict(cover_patch(images, r, c, patch, fill))[:, column],
    )


@wrong(
    "drop_map",
    r"^(?!.*(mean|average)).*(first (image|one|map|picture)|only one image|batch of one|single image|\[0\]\[|\[0, ?class|"
    r"(each|every) (image|picture|map).{0,30}(own|its)|(the )?other images)|each (needs|has|gets) its own before",
    says=r"first (image|map|one)|same map|all (maps|images)|other images",
)
def written_for_a_single_image(predict, images, class_index, patch, stride, fill):
    before = predict(images)[0][class_index]
    rows = patch_positions(images.shape[1], patch[0], stride[0])
    columns = patch_positions(images.shape[2], patch[1], stride[1])
    drops = np.zeros((len(images), len(rows), len(columns)))
    for i in range(len(rows)):
        for j in range(len(columns)):
            hidden = cover_patch(images, rows[i], columns[j], patch, fill)
            drops[:, i, j] = before - predict(hidden)[0][class_index]
    return average_overlaps(drops, rows, columns, patch, images.shape[1:3])


@wrong(
    "drop_map",
    r"(mean|average)\w* .{0,40}(images|batch|probabilit)|(batch|images).{0,30}(mean|average)|"
    r"(each|every) image.{0,30}\bown|\bown (base|probability|before)|per.image",
    says=r"shift|constant|offset|several images|all pixels",
)
def base_averaged_over_the_batch(predict, images, class_index, patch, stride, fill):
    before = predict(images)[:, class_index].mean()
    return drops_to_map(
        images,
        patch,
        stride,
        lambda r, c: before - predict(cover_patch(images, r, c, patch, fill))[:, class_index],
    )


@wrong(
    "drop_map",
    r"^(?!.*(previous|patch to patch)).*((before|base\w*|reference|compar\w+|measured).{0,80}(uncovered|original|whole image|blank|all over|empty|filled|fully|completely|full of|constant)|(all|whole|entire\w*|fully|completely|everything|every pixel).{0,30}(filled|covered|grey|gray|painted|fill\b)|blank|(nothing but|only|full of) .?fill)|uniform|without a patch is missing|(before|uncovered).{0,40}replaced by",
    says=r"shift|constant|offset|all pixels",
)
def compared_with_an_empty_image(predict, images, class_index, patch, stride, fill):
    empty = np.full_like(images, fill)
    baseline = predict(empty)[:, class_index]

    def drop(row, column):
        return baseline - predict(cover_patch(images, row, column, patch, fill))[:, class_index]

    return drops_to_map(images, patch, stride, drop)


@wrong(
    "drop_map",
    r"(previous|preceding) (patch|one|place|position|prob|answer)|(patch|one|place|position) before|neighbou?r|consecutive|from (one )?patch to"
    r"|(before|base\w*|reference).{0,40}(overwritten|replaced|changed|updated|moves|renewed)|"
    r"(overwrit|replac|updat)\w*.{0,40}(before|base)",
    says=r"first patch|only the first|differ",
)
def compared_with_the_patch_before(predict, images, class_index, patch, stride, fill):
    before = predict(images)[:, class_index]
    rows = patch_positions(images.shape[1], patch[0], stride[0])
    columns = patch_positions(images.shape[2], patch[1], stride[1])
    drops = np.zeros((len(images), len(rows), len(columns)))
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            after = predict(cover_patch(images, row, column, patch, fill))[:, class_index]
            drops[:, i, j] = before - after
            before = after
    return average_overlaps(drops, rows, columns, patch, images.shape[1:3])


@wrong(
    "drop_map",
    r"\blog",
    says=r"too large|larger|ratio|scale",
)
def drop_of_the_logarithm(predict, images, class_index, patch, stride, fill):
    log_before = np.log(predict(images)[:, class_index] + 1e-12)

    def drop(row, column):
        covered = cover_patch(images, row, column, patch, fill)
        return log_before - np.log(predict(covered)[:, class_index] + 1e-12)

    return drops_to_map(images, patch, stride, drop)


@wrong(
    "drop_map",
    r"(rows|columns|argument)\w*.{0,60}(swap|exchang|\border|mixed|interchang|revers)|(swap|"
    r"exchang|\border|mixed|interchang|revers)\w*.{0,60}(rows|columns|argument)|"
    r"average_overlaps.{0,60}rows",
    says=r"IndexError|out of (bounds|range)|elsewhere|transpos|swap",
)
def rows_and_columns_handed_over_swapped(predict, images, class_index, patch, stride, fill):
    rows = patch_positions(images.shape[1], patch[0], stride[0])
    columns = patch_positions(images.shape[2], patch[1], stride[1])
    before = predict(images)[:, class_index]
    drops = np.array(
        [
            [
                before - predict(cover_patch(images, row, column, patch, fill))[:, class_index]
                for column in columns
            ]
            for row in rows
        ]
    )
    return average_overlaps(drops.transpose(2, 0, 1), columns, rows, patch, images.shape[1:3])


@wrong(
    "drop_map",
    r"^(?!.*patch is \().*(stride.{0,60}(swap|exchang|interchang|mixed|revers|wrong (order|axis)|"
    r"\(down, across\)|other axis)|(swap|exchang|interchang|mixed|revers)\w*.{0,40}stride)|stride.{0,40}(down, not across|across, not down|goes down|is down)",
    says=r"elsewhere|coarse|step|stride",
)
def stride_read_across_and_down(predict, images, class_index, patch, stride, fill):
    across, down = stride
    before = predict(images)[:, class_index]

    def drop(row, column):
        return before - predict(cover_patch(images, row, column, patch, fill))[:, class_index]

    return drops_to_map(images, patch, (down, across), drop)


@wrong(
    "drop_map",
    r"^(?!.*patch is \().*((height|width|\bH\b|\bW\b|axes|axis|side)\w*.{0,60}(swap|exchang|interchang|mixed|transpos|confus)|"
    r"(swap|exchang|interchang|mixed|transpos|confus)\w*.{0,60}(height|width|\bH\b|\bW\b|axes|axis|side)|"
    r"height.{0,30}(first|before|axis 1)|width.{0,30}before.{0,20}height|images\.shape|first axis)|unpack",
    says=r"shape|transpos",
)
def width_unpacked_before_height(predict, images, class_index, patch, stride, fill):
    n, width, height, channels = images.shape
    rows = patch_positions(height, patch[0], stride[0])
    columns = patch_positions(width, patch[1], stride[1])
    before = predict(images)[:, class_index]
    drops = np.zeros((n, len(rows), len(columns)))
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            covered = cover_patch(images, row, column, patch, fill)
            drops[:, i, j] = before - predict(covered)[:, class_index]
    return average_overlaps(drops, rows, columns, patch, (height, width))


@wrong(
    "drop_map",
    rf"^(?!.*(black|127|zero|with 0)).*({unused('fill')}|\b(mean|average)\b.{{0,40}}(patch|"
    r"colou?r|fill\b)|(fill|cover|paint|patch)\w* .{0,30}\b(mean|average))|(is|are|not|instead of|in place of|rather than) not .?fill|(instead of|in place of|rather than) .?fill",
    says=r"fill|colou?r|under the patch",
)
def covered_with_the_mean(predict, images, class_index, patch, stride, fill):
    grey = images.mean(axis=(1, 2, 3), keepdims=True)
    before = predict(images)[:, class_index]

    def drop(row, column):
        covered = images.copy()
        covered[:, row : row + patch[0], column : column + patch[1]] = grey
        return before - predict(covered)[:, class_index]

    return drops_to_map(images, patch, stride, drop)


@wrong(
    "drop_map",
    rf"^(?!.*most probable).*({unused('class_index')}|class (0|zero)|first (class|column)|"
    r"hard.?coded|\[:, ?0\]|always the (same|first))",
    says=r"another class|class 0|first class|other class|wrong class",
)
def always_class_zero(predict, images, class_index, patch, stride, fill):
    before = predict(images)[:, 0]
    rows = patch_positions(images.shape[1], patch[0], stride[0])
    columns = patch_positions(images.shape[2], patch[1], stride[1])
    drops = np.zeros((len(images), len(rows), len(columns)))
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            after = predict(cover_patch(images, row, column, patch, fill))[:, 0]
            drops[:, i, j] = before - after
    return average_overlaps(drops, rows, columns, patch, images.shape[1:3])


@wrong("drop_map", r"\breturn", says=r"None|return")
def forgets_to_return(predict, images, class_index, patch, stride, fill):
    before = predict(images)[:, class_index]
    rows, columns = (patch_positions(*n) for n in zip(images.shape[1:3], patch, stride))
    drops = np.empty((len(images), len(rows), len(columns)))
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            covered = cover_patch(images, row, column, patch, fill)
            drops[:, i, j] = before - predict(covered)[:, class_index]
    average_overlaps(drops, rows, columns, patch, images.shape[1:3])


@wrong(
    "drop_map",
    r"^(?!.*image that).*((before|uncovered|base\w*|compared|without a patch).{0,60}(\bmax\b|maxim|most probable|largest|top|highest|strongest|predicted class|another class|other class|different class)|(\bmax\b|maxim|most probable|largest|top|highest|strongest|predicted|another class|other class|different class).{0,60}(before|uncovered|base)|(two|different|not the same|unlike) (different )?class|same class)",
    says=r"shift|constant|offset|too large|larger",
)
def base_of_the_top_class(predict, images, class_index, patch, stride, fill):
    best = tf.reduce_max(predict(images), axis=-1).numpy()

    def drop(row, column):
        return best - predict(cover_patch(images, row, column, patch, fill))[:, class_index]

    return drops_to_map(images, patch, stride, drop)


@wrong(
    "drop_map",
    r"^(?!.*(fill. is ignored|black|uniform)).*(multipl|times|dark|factor|\bscal|replac|not (painted|covered|set))",
    says=r"too (small|weak|pale)|smaller|under the patch|shines",
)
def patch_darkened_by_fill(predict, images, class_index, patch, stride, fill):
    before = predict(images)[:, class_index]

    def drop(row, column):
        mask = np.ones_like(images)
        mask[:, row : row + patch[0], column : column + patch[1]] = fill
        return before - predict(images * mask)[:, class_index]

    return drops_to_map(images, patch, stride, drop)


# covered_places(predict, images, patch, fill) -> classes, probabilities


def table_of(answers):
    """Return both tables from a list of five answers (N, classes)."""
    answers = np.stack(answers, axis=1)
    return np.argmax(answers, axis=-1), np.max(answers, axis=-1)


def five_places(images, patch):
    bottom, right = images.shape[1] - patch[0], images.shape[2] - patch[1]
    return [(bottom // 2, right // 2), (0, 0), (0, right), (bottom, 0), (bottom, right)]


@wrong(
    "covered_places",
    r"^(?!.*starts in the).*(cent(re|er)|middle).*(round|pixel|\bodd\b|halv|separately|each by itself|"
    r"H ?// ?2 ?[-−–]|first subtract|subtract first|\(\(?H ?[-−–])",
    says=r"cent(re|er)|first column|middle",
)
def halves_taken_apart(predict, images, patch, fill):
    n, h, w, c = images.shape
    places = five_places(images, patch)
    places[0] = (h // 2 - patch[0] // 2, w // 2 - patch[1] // 2)
    return table_of([predict(cover_patch(images, y, x, patch, fill)) for y, x in places])


@wrong(
    "covered_places",
    r"^(?!.*cent).*(square|shape\[2\]|patch\[1\]|\b(width|W)\b.{0,40}(ignored|not used|unused|never|forgotten)|(ignor|never us|not us|forg)\w*.{0,30}width|height.{0,30}(both|also|twice|two|too)|H ?[-−–] ?height.{0,40}(columns|right|both)|(same|one) (start|size|number|offset|length).{0,30}(both|two|rows and))",
    says=r"right|width|columns",
)
def one_length_for_both_axes(predict, images, patch, fill):
    end = images.shape[1] - patch[0]
    middle = end // 2
    tables = []
    for place in [(middle, middle), (0, 0), (0, end), (end, 0), (end, end)]:
        tables.append(predict(cover_patch(images, place[0], place[1], patch, fill)))
    return table_of(tables)


@wrong(
    "covered_places",
    r"axis (1|2|-1|−1)(?! has)|last axis|(over|across|among|between) the (five )?(places|patches"
    r"|corners)|which place|place.{0,30}(not|instead of|rather than).{0,20}class|places? for class",
    says=r"shape|\(\d+, \d+\)",
)
def best_place_for_best_class(predict, images, patch, fill):
    places = five_places(images, patch)
    answers = tf.stack([predict(cover_patch(images, *p, patch, fill)) for p in places], axis=1)
    return tf.argmax(answers, axis=1), tf.reduce_max(answers, axis=1)


@wrong(
    "covered_places",
    r"^(?!.*number is fixed).*(reshap|scrambl|shuffl|jumbl|mix(ed|es) .{0,30}(images|places)|\.T\b|(needs?|not|instead of|must be|forg\w+|missing) .{0,30}"
    r"transpos|transpose (it|them|the)|order in memory|swapaxes|axis ?= ?1)",
    says=r"another place|mixed|places? .{0,20}images|order|one image",
)
def reshaped_for_transposed(predict, images, patch, fill):
    classes, probabilities = [], []
    for row, column in five_places(images, patch):
        answer = predict(cover_patch(images, row, column, patch, fill))
        classes.append(answer.argmax(axis=1))
        probabilities.append(answer.max(axis=1))
    n = len(images)
    return np.array(classes).reshape(n, 5), np.array(probabilities).reshape(n, 5)


@wrong(
    "covered_places",
    r"\bint(eger)?s?\b|whole number|dtype|data type|truncat|float|fraction|decimal|cut\w* .{0,30}off|rounded (down|to)",
    says=r"\b0\b|zero|whole|int",
)
def both_tables_of_whole_numbers(predict, images, patch, fill):
    table = np.zeros((2, len(images), 5), dtype=int)
    for place, (row, column) in enumerate(five_places(images, patch)):
        answer = predict(cover_patch(images, row, column, patch, fill))
        table[0, :, place] = answer.argmax(axis=1)
        table[1, :, place] = answer.max(axis=1)
    return table[0], table[1]


@wrong(
    "covered_places",
    r"tuple|two (results|tables|arrays|values)|(one|single) (array|table|result)|stack|separate|pair|"
    r"both (results|tables) ",
    says=r"2 results|two|shape|array",
)
def one_array_of_both_tables(predict, images, patch, fill):
    places = five_places(images, patch)
    classes, shares = table_of([predict(cover_patch(images, *p, patch, fill)) for p in places])
    return np.stack([classes, shares])


@wrong(
    "covered_places",
    r"^(?!.*reshape).*((bottom|right|\bH\b|\bW\b|height|width|row|column|start|corner)\w*.{0,60}(swap|exchang|interchang|mixed|confus)|(swap|exchang|interchang|mixed|confus)\w*.{0,60}(bottom|right|height|width|row|column|start|corner)|only .{0,30}square|x and y)",
    says=r"corner|right|bottom|square|outside",
)
def bottom_and_right_swapped(predict, images, patch, fill):
    x_max = images.shape[1] - patch[0]
    y_max = images.shape[2] - patch[1]
    corners = [(0, 0), (0, x_max), (y_max, 0), (y_max, x_max)]
    center = (x_max // 2, y_max // 2)
    answers = [predict(cover_patch(images, *place, patch, fill)) for place in [center, *corners]]
    return table_of(answers)


@wrong(
    "covered_places",
    r"softmax|(already|are) probabilit",
    says=r"too (small|even|low)|smaller|closer|classes are right",
)
def softmax_of_probabilities(predict, images, patch, fill):
    answers = []
    for row, column in five_places(images, patch):
        outputs = predict(cover_patch(images, row, column, patch, fill))
        answers.append(tf.nn.softmax(outputs).numpy())
    return table_of(answers)


# worst_patch


def own_answers(fill=0.0, size=5, fresh=True):
    own_model, own = findings.network(11), findings.images(11)
    starts = [*range(0, 29 - size, 3)]
    starts += [28 - size] * (starts[-1] != 28 - size)
    image, covered, places = own.images[0].copy(), [own.images[0]], []
    for row in starts:
        for column in starts:
            one = image.copy() if fresh else image
            one[row : row + size, column : column + size] = fill
            covered.append(one.copy())
            places.append((row, column))
    answers = own_model.predict(np.stack(covered), verbose=0)
    return answers[0], answers[1:], places, int(own.labels[0])


@wrong("worst_patch", r"fresh|patch stays|copy|left covered|still covered")
def patches_that_stay():
    before, after, places, label = own_answers(fresh=False)
    drops = before[label] - after[:, label]
    worst = int(np.argmax(drops))
    return *places[worst], int(after[worst].argmax()), float(drops[worst])


@wrong("worst_patch", r"probability (under|with) the patch|before minus|after")
def patch_with_what_is_left():
    before, after, places, label = own_answers()
    worst = int(np.argmin(after[:, label]))
    return *places[worst], int(after[worst].argmax()), float(after[worst, label])


@wrong("worst_patch", r"\bink\b|filled|fill|paper")
def patches_of_ink():
    before, after, places, label = own_answers(fill=1.0)
    drops = before[label] - after[:, label]
    worst = int(np.argmax(drops))
    return *places[worst], int(after[worst].argmax()), float(drops[worst])


@wrong("worst_patch", r"middle|centre|corner")
def middle_of_the_worst_patch():
    before, after, places, label = own_answers()
    drops = before[label] - after[:, label]
    worst = int(np.argmax(drops))
    row, column = places[worst]
    return row + 2, column + 2, int(after[worst].argmax()), float(drops[worst])


def with_patch_at(images, r, c, patch, fill):
    out = images.copy()
    out[:, r : r + patch[0], c : c + patch[1]] = fill
    return out


def centre_and_corners(images, patch):
    b, r = images.shape[1] - patch[0], images.shape[2] - patch[1]
    return [(b // 2, r // 2), (0, 0), (0, r), (b, 0), (b, r)]


@wrong("covered_places", r"bottom|order|come")
def bottom_corners_first(predict, images, patch, fill):
    c = centre_and_corners(images, patch)
    p = np.stack(
        [predict(with_patch_at(images, *s, patch, fill)) for s in [c[0], c[3], c[4], c[1], c[2]]],
        axis=1,
    )
    return p.argmax(axis=2), p.max(axis=2)


@wrong("covered_places", r"row|column|swap|height|width")
def rows_and_columns_mixed_up(predict, images, patch, fill):
    h, w = images.shape[2], images.shape[1]
    b, r = h - patch[0], w - patch[1]
    p = np.stack(
        [
            predict(with_patch_at(images, *s, patch, fill))
            for s in [(b // 2, r // 2), (0, 0), (0, r), (b, 0), (b, r)]
        ],
        axis=1,
    )
    return p.argmax(axis=2), p.max(axis=2)


@wrong("covered_places", r"class|former|uncovered|probability")
def confidence_in_the_old_class(predict, images, patch, fill):
    old = predict(images).argmax(axis=1)
    classes, surely = [], []
    for s in centre_and_corners(images, patch):
        p = predict(with_patch_at(images, *s, patch, fill))
        classes.append(p.argmax(axis=1))
        surely.append(p[np.arange(len(p)), old])
    return np.array(classes).T, np.array(surely).T


@wrong("covered_places", r"first (channel|colour)|channel")
def only_red_is_covered(predict, images, patch, fill):
    out = []
    for r, c in centre_and_corners(images, patch):
        x = np.array(images)
        x[:, r : r + patch[0], c : c + patch[1], :1] = fill
        out.append(predict(x))
    p = np.stack(out, 1)
    return p.argmax(-1), p.max(-1)


@wrong("covered_places", r"centre|middle|start")
def middle_of_the_image_as_corner(predict, images, patch, fill):
    c = centre_and_corners(images, patch)
    c[0] = (images.shape[1] // 2 - patch[0], images.shape[2] // 2 - patch[1])
    p = np.stack([predict(with_patch_at(images, *s, patch, fill)) for s in c], axis=1)
    return p.argmax(axis=2), p.max(axis=2)
