#pragma once

#include <cairo/cairo.h>

#include <memory>
#include <string>
#include <string_view>

namespace gradwire::analysis {

/// Alignment of a text relative to its point.
enum class Anchor { start, middle, end };

/// A drawing, in points, that becomes an SVG or PNG file.
class Canvas {
 public:
  enum class Kind { svg, png };
  /// Throws SystemError if cairo cannot create the drawing.
  Canvas(Kind kind, double width, double height, double dots_per_point);

  [[nodiscard]] cairo_t* cairo() const { return context_.get(); }
  void colour(std::string_view hex, double alpha = 1.0) const;  ///< #rrggbb
  void line(double x1, double y1, double x2, double y2, double width) const;
  void text(double x, double y, const std::string& text, double size, Anchor anchor,
            bool upright = false) const;
  [[nodiscard]] double text_width(const std::string& text, double size) const;

  /// Closes the drawing and returns the file's bytes. Throws SystemError if drawing failed.
  [[nodiscard]] std::string finish();

 private:
  struct Free {
    void operator()(cairo_t* c) const { cairo_destroy(c); }
    void operator()(cairo_surface_t* s) const { cairo_surface_destroy(s); }
  };
  void check() const;

  Kind kind_;
  std::unique_ptr<std::string> bytes_ = std::make_unique<std::string>();  // cairo holds its address
  std::unique_ptr<cairo_surface_t, Free> surface_;
  std::unique_ptr<cairo_t, Free> context_;
};

}  // namespace gradwire::analysis
