"""How nbgrader sees the course: solutions, notebooks, submitted, autograded, feedback."""

from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.preprocessors import ClearMarkScheme, Execute, GetGrades, SaveAutoGrades

from helpers.course.grading.evidence import ExecuteAndJudge, HideChecks, SaveEvidence
from helpers.course.pages import FILTERS, OwnTemplates, Results, Style

c = get_config()  # noqa: F821  (nbgrader puts it there)

c.CourseDirectory.course_id = "inside-cnns"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "notebooks"
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\nraise NotImplementedError"}
# A tag in a submission must not keep a check from running.
c.Execute.skip_cells_with_tag = ""
c.Execute.shutdown_kernel = "immediate"
c.Execute.timeout = 300  # seconds a cell; the first one that trains may need them
# Checks are judged outside the student's kernel, and no evidence is no point.
graders = Autograde.autograde_preprocessors.default()
graders[graders.index(Execute)] = ExecuteAndJudge
# A written answer waits for a person, an untouched one too.
graders[graders.index(SaveAutoGrades)] = SaveEvidence
c.Autograde.autograde_preprocessors = graders
# A marking scheme stands in the locked cell that asks the question, not in a "task" cell.
c.ClearMarkScheme.enforce_metadata = False
# Hidden checks and marking schemes stay hidden when feedback is returned.
pages = GenerateFeedback.preprocessors.default()
pages[pages.index(GetGrades)] = Results
c.GenerateFeedback.preprocessors = [HideChecks, ClearMarkScheme, *pages, Style]
# Nothing that a student wrote runs in a browser, neither in feedback nor in the formgrader.
c.HTMLExporter.sanitize_html = True
c.HTMLExporter.filters = FILTERS
# No page tells another computer who reads it, and when.
c.HTMLExporter.preprocessors = [OwnTemplates]
