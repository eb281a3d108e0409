// For TypeDoc: one page for each package, with all its names and their members on it. A package with several entries has one
// for each. TypeDoc itself gives every class, type and function a page of its own.
import { DefaultTheme, JSX, PageKind, ReflectionKind, StructureRouter } from 'typedoc';

const withPage = ReflectionKind.Project | ReflectionKind.Module;

class PackageRouter extends StructureRouter {
  getPageKind(target) {
    return target.kindOf?.(withPage) ? PageKind.Reflection : undefined;
  }

  getIdealBaseName(target) {
    // The main entry is named `.`, which would be a hidden file.
    return super.getIdealBaseName(target).replace(/(^|\/)\.?$/, '$1main');
  }
}

/** Where the default theme shows a line that leads to another page, this one shows the thing itself. */
class PackageTheme extends DefaultTheme {
  getRenderContext(page) {
    const context = super.getRenderContext(page);
    const summary = context.moduleMemberSummary;
    context.moduleMemberSummary = (member) =>
      member.isReference() || context.router.hasOwnDocument(member)
        ? summary(member)
        : context.member(member);
    // A class or interface is no declaration with a type: its members follow.
    const declaration = context.memberDeclaration;
    context.memberDeclaration = (member) =>
      member.kindOf(ReflectionKind.ClassOrInterface)
        ? JSX.createElement(JSX.Fragment, null, context.commentSummary(member), context.commentTags(member))
        : declaration(member);
    return context;
  }
}

/** Called by TypeDoc. */
export function load(app) {
  app.renderer.defineRouter('package', PackageRouter);
  app.renderer.defineTheme('package', PackageTheme);
}
