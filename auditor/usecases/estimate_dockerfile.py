"""A request's Dockerfile as recipes: of the image, and of each other stage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from auditor.dockerfiles.final import final_image
from auditor.dockerfiles.reader import read_dockerfile
from auditor.domain.build_plan import BuildPlan
from auditor.domain.errors import UsageError
from auditor.domain.estimates import EstimateRequest
from auditor.usecases.estimate_recipe import Recipe, recipe_of, recipe_of_image

_WHOLE = "What one stage alone would ship: everything the build needs stays in the image."


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for; `build` is None without a Dockerfile."""

    recipe: Recipe
    build: BuildPlan | None = None


@dataclass(frozen=True, slots=True)
class StageRecipe:
    """Another stage as the image."""

    name: str
    recipe: Recipe
    caveats: tuple[str, ...] = (_WHOLE,)


def plan_of(request: EstimateRequest) -> Plan:
    """The recipe of a request, by its Dockerfile where it has one.

    Raises UsageError for what cannot be read, and for stages and build arguments of no
    Dockerfile.
    """
    if request.dockerfile is None:
        if request.target or request.build_arguments:
            raise UsageError(
                "a target stage and build arguments are for a Dockerfile",
                next_step="give the Dockerfile too",
            )
        return Plan(recipe_of(request))
    build = read_dockerfile(
        request.dockerfile.content,
        arguments=dict(request.build_arguments),
        platform=request.platform,
    )
    image = final_image(build, request.target or None)
    return Plan(recipe_of_image(image, request), build)


def stages_of(plan: Plan, request: EstimateRequest) -> Iterator[StageRecipe]:
    """The other stages that build on an image and install or copy something."""
    if plan.build is None:
        return
    target = final_image(plan.build, request.target or None).target
    for stage in plan.build.stages:
        if stage.number == target:
            continue
        recipe = recipe_of_image(final_image(plan.build, str(stage.number)), request)
        if recipe.packages or recipe.known:
            yield StageRecipe(f"stage {stage.label} as the image", recipe)
