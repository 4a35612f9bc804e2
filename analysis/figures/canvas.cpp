#include "analysis/figures/canvas.hpp"

#include <cairo/cairo-svg.h>

#include <charconv>
#include <cmath>
#include <numbers>

#include "sim/core/error.hpp"

namespace gradwire::analysis {
namespace {

cairo_status_t append(void* to, const unsigned char* data, unsigned int length) {
  static_cast<std::string*>(to)->append(reinterpret_cast<const char*>(data), length);
  return CAIRO_STATUS_SUCCESS;
}

cairo_surface_t* make_surface(Canvas::Kind kind, std::string* bytes, double width, double height,
                              double scale) {
  if (kind == Canvas::Kind::svg) {
    return cairo_svg_surface_create_for_stream(append, bytes, width, height);
  }
  return cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(std::ceil(width * scale)),
                                    static_cast<int>(std::ceil(height * scale)));
}

double channel(std::string_view hex, std::size_t at) {
  int value = 0;
  std::from_chars(hex.data() + at, hex.data() + at + 2, value, 16);
  return value / 255.0;
}

}  // namespace

Canvas::Canvas(Kind kind, double width, double height, double dots_per_point)
    : kind_(kind),
      surface_(make_surface(kind, bytes_.get(), width, height, dots_per_point)),
      context_(cairo_create(surface_.get())) {
  check();
  if (kind == Kind::png) cairo_scale(cairo(), dots_per_point, dots_per_point);
  if (kind == Kind::svg) cairo_svg_surface_set_document_unit(surface_.get(), CAIRO_SVG_UNIT_PT);
  cairo_select_font_face(cairo(), "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
  colour("#ffffff");
  cairo_paint(cairo());
}

void Canvas::colour(std::string_view hex, double alpha) const {
  cairo_set_source_rgba(cairo(), channel(hex, 1), channel(hex, 3), channel(hex, 5), alpha);
}

void Canvas::line(double x1, double y1, double x2, double y2, double width) const {
  cairo_set_line_width(cairo(), width);
  cairo_move_to(cairo(), x1, y1);
  cairo_line_to(cairo(), x2, y2);
  cairo_stroke(cairo());
}

double Canvas::text_width(const std::string& text, double size) const {
  cairo_set_font_size(cairo(), size);
  cairo_text_extents_t extents;
  cairo_text_extents(cairo(), text.c_str(), &extents);
  return extents.x_advance;
}

void Canvas::text(double x, double y, const std::string& text, double size, Anchor anchor,
                  bool upright) const {
  const double width = text_width(text, size);
  const double shift = anchor == Anchor::start ? 0.0 : anchor == Anchor::middle ? 0.5 : 1.0;
  cairo_save(cairo());
  cairo_translate(cairo(), x, y);
  if (upright) cairo_rotate(cairo(), -std::numbers::pi / 2.0);
  cairo_move_to(cairo(), -shift * width, 0.0);
  cairo_show_text(cairo(), text.c_str());
  cairo_restore(cairo());
}

std::string Canvas::finish() {
  check();
  if (kind_ == Kind::png) cairo_surface_write_to_png_stream(surface_.get(), append, bytes_.get());
  context_.reset();
  cairo_surface_finish(surface_.get());
  if (cairo_surface_status(surface_.get()) != CAIRO_STATUS_SUCCESS || bytes_->empty()) {
    throw SystemError("cannot draw a figure");
  }
  return std::move(*bytes_);
}

void Canvas::check() const {
  const cairo_status_t status = cairo_status(cairo());
  if (status == CAIRO_STATUS_SUCCESS) return;
  throw SystemError(std::string("cannot draw a figure: ") + cairo_status_to_string(status));
}

}  // namespace gradwire::analysis
