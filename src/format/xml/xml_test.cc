// SPDX-License-Identifier: Apache-2.0
#include "format/xml/xml.h"

#include <gtest/gtest.h>

namespace dray::xml {
namespace {

// The whole tree in one line, to compare.
std::string Shape(const Element& element) {
  std::string text = element.name;
  if (!element.text.empty()) text += "=" + element.text;
  if (element.children.empty()) return text;
  text += "(";
  for (const Element& child : element.children) {
    if (&child != element.children.data()) text += ",";
    text += Shape(child);
  }
  return text + ")";
}

std::string Parsed(std::string_view text) {
  auto root = Parse(text);
  if (root) return Shape(*root);
  EXPECT_EQ(root.error().kind, base::ErrorKind::kInvalidArgument);
  return root.error().message;
}

bool Fails(std::string_view text) { return Parsed(text).starts_with("invalid XML: "); }

TEST(XmlWriter, WritesAttributes) {
  std::string out;
  Writer writer(out);
  writer.StartWith("a", {{"x:b", "1"}, {"c", "<\">"}}).End();
  EXPECT_TRUE(out.ends_with("<a x:b=\"1\" c=\"&lt;&quot;&gt;\"></a>")) << out;
}

TEST(XmlParse, ReadsBodiesOfTheS3Api) {
  EXPECT_EQ(
      Parsed("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
             "<!-- parts -->\n"
             "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\n"
             "  <Part>\n    <PartNumber>1</PartNumber><ETag>&quot;e1&quot;</ETag></Part>\n"
             "  <Part><PartNumber>2</PartNumber><ETag>\"e2\"</ETag></Part>\n"
             "</CompleteMultipartUpload>\n"),
      "CompleteMultipartUpload(Part(PartNumber=1,ETag=\"e1\"),Part(PartNumber=2,ETag=\"e2\"))");
  auto root = Parse(
      "<s3:Delete xmlns:s3=\"x\"><s3:Quiet>true</s3:Quiet><Object><Key>a</Key></Object>"
      "<Object><Key>b</Key></Object></s3:Delete>");
  ASSERT_TRUE(root);
  EXPECT_EQ(root->name, "Delete");
  EXPECT_EQ(root->TextOf("Quiet"), "true");
  EXPECT_EQ(root->TextOf("Key"), "");
  EXPECT_EQ(root->Find("Object")->TextOf("Key"), "a");
  EXPECT_EQ(root->Find("object"), nullptr);
}

TEST(XmlParse, DecodesReferencesAndJoinsCharacterData) {
  EXPECT_EQ(Parsed("<Key>&lt;&gt;&amp;&apos;&quot;&#65;&#x42;&#xe9;&#x1F991;&amp;lt;</Key>"),
            "Key=<>&'\"ABé🦑&lt;");
  EXPECT_EQ(Parsed("<Key>a<![CDATA[<&>]]>b<!-- c -->d</Key>"), "Key=a<&>bd");
  EXPECT_EQ(Parsed("<Key>a&#13;b</Key>"), "Key=a\rb");
}

TEST(XmlParse, KeepsSpaceThatIsTheWholeText) {
  EXPECT_EQ(Parsed("<Object><Key> </Key></Object>"), "Object(Key= )");
  EXPECT_EQ(Parsed("<Key> a </Key>"), "Key= a ");
}

TEST(XmlParse, RefusesWhatIsNotOneWellFormedElement) {
  for (std::string_view text : {"",
                                " ",
                                "x",
                                "<a>",
                                "<a></b>",
                                "<a/><b/>",
                                "<a/>x",
                                "x<a/>",
                                "<a",
                                "<a><b></a></b>",
                                "</a>",
                                "<:2/>",
                                "<a:/>",
                                "<a:b:c/>",
                                "<a>&foo;</a>",
                                "<a>&</a>",
                                "<a>& b;</a>",
                                "<a>&#0;</a>",
                                "<a>&#xD800;</a>",
                                "<a>&#x110000;</a>",
                                "<a>&#;</a>",
                                "<a>&#x;</a>",
                                "<a>&#12x;</a>",
                                "<a>&#-1;</a>",
                                "<a b=\"&foo;\"/>",
                                "<a>\xff</a>",
                                "<!-- only a comment -->",
                                "<?xml version=\"1.0\"?>",
                                "<a><![CDATA[x</a>",
                                "{\"a\":1}"}) {
    EXPECT_TRUE(Fails(text)) << text;
  }
  EXPECT_TRUE(Fails(std::string_view("<a>\0</a>", 8)));
  EXPECT_TRUE(Fails(std::string_view("<a/>\0<b/>", 9)));
}

TEST(XmlParse, RefusesDocumentTypes) {
  EXPECT_EQ(Parsed("<!DOCTYPE a><a/>"), "invalid XML: a DOCTYPE");
  EXPECT_EQ(Parsed("<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>"), "invalid XML: a DOCTYPE");
  EXPECT_TRUE(Fails("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>"));
  EXPECT_TRUE(Fails("<a><!DOCTYPE b></a>"));
}

TEST(XmlParse, LimitsDepthAndSize) {
  auto nested = [](size_t levels) {
    std::string text;
    for (size_t i = 0; i < levels; ++i) text += "<a>";
    for (size_t i = 0; i < levels; ++i) text += "</a>";
    return text;
  };
  EXPECT_TRUE(Parse(nested(32)));
  EXPECT_EQ(Parsed(nested(33)), "invalid XML: more than 32 levels");
  EXPECT_TRUE(Fails(nested(500'000)));
  EXPECT_EQ(Parsed("<a>" + std::string(9 << 20, 'x') + "</a>"),
            "invalid XML: longer than 8388608 bytes");
}

TEST(XmlWriter, EscapesText) {
  std::string out;
  Writer(out)
      .Start("Error")
      .Leaf("Code", "NoSuchKey")
      .Leaf("Key", "a<b>&\"c'\r\n\t\x01é")
      .Leaf("Empty", "")
      .End();
  EXPECT_EQ(out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code>"
            "<Key>a&lt;b&gt;&amp;&quot;c'&#13;\n\t&#1;é</Key><Empty></Empty></Error>");
  auto root = Parse(out);
  ASSERT_TRUE(root);
  EXPECT_EQ(root->TextOf("Key"), "a<b>&\"c'\r\n\t\x01é");
}

TEST(XmlWriter, NestsAndNamesItsNamespace) {
  std::string out;
  Writer writer(out);
  writer.Start("ListBucketResult", "http://s3.amazonaws.com/doc/2006-03-01/");
  writer.Start("Contents").Leaf("Size", "1").End();
  writer.End();
  EXPECT_EQ(out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
            "<Contents><Size>1</Size></Contents></ListBucketResult>");
}

}  // namespace
}  // namespace dray::xml
