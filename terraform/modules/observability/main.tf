# The backstop: Prometheus watches closely; these alarms still ring when it does not.

locals {
  own = "Darasa/${var.cell.name}"

  alarms = merge(
    {
      no-idle-recorder = {
        what       = "No recorder is idle, or nobody says so: the next lesson would not be recorded."
        namespace  = local.own, metric = "IdleRecorders", dimensions = {}, statistic = "Minimum"
        comparison = "LessThanThreshold", threshold = 1, periods = 3, seconds = 60, missing = "breaching"
      }
      loop-silent = {
        what       = "Darasa's loop no longer says how much is wanted; scheduled actions go on for a day."
        namespace  = local.own, metric = "CapacityDecisions", dimensions = {}, statistic = "Sum"
        comparison = "LessThanThreshold", threshold = 1, periods = 5, seconds = 60, missing = "breaching"
      }
      shortfall = {
        what       = "More is wanted than the pools may grow to."
        namespace  = local.own, metric = "CapacityShortfall", dimensions = {}, statistic = "Maximum"
        comparison = "GreaterThanThreshold", threshold = 0, periods = 2, seconds = 60, missing = "notBreaching"
      }
      upload-failed = {
        what       = "A recording could not be laid into the store."
        namespace  = local.own, metric = "RecordingUploadFailures", dimensions = {}, statistic = "Sum"
        comparison = "GreaterThanThreshold", threshold = 0, periods = 1, seconds = 300, missing = "notBreaching"
      }
      foreign-upload = {
        what       = "Something was handed in that belongs to no lesson of this zone, and is kept aside."
        namespace  = local.own, metric = "ForeignUploads", dimensions = {}, statistic = "Sum"
        comparison = "GreaterThanThreshold", threshold = 0, periods = 1, seconds = 300, missing = "notBreaching"
      }
      drain-slow = {
        what       = "A machine that is to go has waited for over four hours."
        namespace  = "AWS/SQS", metric = "ApproximateAgeOfOldestMessage", dimensions = { QueueName = var.drain_queues.queue }, statistic = "Maximum"
        comparison = "GreaterThanThreshold", threshold = 4 * 3600, periods = 1, seconds = 300, missing = "notBreaching"
      }
      drain-dead = {
        what       = "Nobody could work through the leaving of a machine."
        namespace  = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", dimensions = { QueueName = var.drain_queues.dead }, statistic = "Maximum"
        comparison = "GreaterThanThreshold", threshold = 0, periods = 1, seconds = 300, missing = "notBreaching"
      }
      pages-fail = {
        what       = "More than a few answers a minute are errors of ours."
        namespace  = "AWS/ApplicationELB", metric = "HTTPCode_Target_5XX_Count", dimensions = { LoadBalancer = var.load_balancer }, statistic = "Sum"
        comparison = "GreaterThanThreshold", threshold = 10, periods = 3, seconds = 60, missing = "notBreaching"
      }
      database-busy = {
        what       = "PostgreSQL has had no processor left for ten minutes."
        namespace  = "AWS/RDS", metric = "CPUUtilization", dimensions = { DBInstanceIdentifier = var.database }, statistic = "Average"
        comparison = "GreaterThanThreshold", threshold = 85, periods = 10, seconds = 60, missing = "breaching"
      }
      database-full = {
        what       = "Less than 5 GB are left."
        namespace  = "AWS/RDS", metric = "FreeStorageSpace", dimensions = { DBInstanceIdentifier = var.database }, statistic = "Minimum"
        comparison = "LessThanThreshold", threshold = 5 * 1024 * 1024 * 1024, periods = 1, seconds = 300, missing = "breaching"
      }
    },
    { for kind, name in var.pools : "none-${kind}" => {
      what       = "There is no machine of the kind ${kind}."
      namespace  = "AWS/AutoScaling", metric = "GroupInServiceInstances", dimensions = { AutoScalingGroupName = name }, statistic = "Maximum"
      comparison = "LessThanThreshold", threshold = 1, periods = 5, seconds = 60, missing = "breaching"
    } },
    { for kind, name in var.caches : "full-${kind}" => {
      what       = "Redis (${kind}) is nearly full."
      namespace  = "AWS/ElastiCache", metric = "DatabaseMemoryUsagePercentage", dimensions = { ReplicationGroupId = name }, statistic = "Maximum"
      comparison = "GreaterThanThreshold", threshold = 80, periods = 5, seconds = 60, missing = "notBreaching"
    } },
  )
}

resource "aws_sns_topic" "alarms" {
  name              = "${var.cell.name}-alarms"
  kms_master_key_id = var.kms_key_arn
}

resource "aws_sns_topic_policy" "alarms" {
  arn = aws_sns_topic.alarms.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Alarms"
        Effect    = "Allow"
        Principal = { Service = "cloudwatch.amazonaws.com" }
        Action    = "sns:Publish"
        Resource  = "arn:aws:sns:${var.cell.region}:${var.cell.account_id}:${var.cell.name}-alarms"
        Condition = { StringEquals = { "aws:SourceAccount" = var.cell.account_id } }
      },
      {
        Sid       = "LaunchesThatFail"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${var.cell.account_id}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling" }
        Action    = "sns:Publish"
        Resource  = "arn:aws:sns:${var.cell.region}:${var.cell.account_id}:${var.cell.name}-alarms"
      },
    ]
  })
}

resource "aws_autoscaling_notification" "failures" {
  group_names   = sort(values(var.pools))
  notifications = ["autoscaling:EC2_INSTANCE_LAUNCH_ERROR", "autoscaling:EC2_INSTANCE_TERMINATE_ERROR"]
  topic_arn     = aws_sns_topic.alarms.arn
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each            = local.alarms
  alarm_name          = "${var.cell.name}-${each.key}"
  alarm_description   = "${each.value.what} ${var.runbook}"
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  evaluation_periods  = each.value.periods
  period              = each.value.seconds
  treat_missing_data  = each.value.missing
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.cell.name
  dashboard_body = jsonencode({
    widgets = concat(
      [
        {
          type = "metric", x = 0, y = 0, width = 24, height = 6
          properties = {
            title   = "Machines in service", region = var.cell.region, stat = "Average", period = 60
            metrics = [for kind, name in var.pools : ["AWS/AutoScaling", "GroupInServiceInstances", "AutoScalingGroupName", name, { label = kind }]]
          }
        },
        {
          type       = "alarm", x = 0, y = 6, width = 24, height = 4
          properties = { title = "Alarms", alarms = [for name in sort(keys(local.alarms)) : "arn:aws:cloudwatch:${var.cell.region}:${var.cell.account_id}:alarm:${var.cell.name}-${name}"] }
        },
      ],
      [for index, metric in ["IdleRecorders", "CapacityShortfall", "CapacityDecisions", "RecordingUploadFailures"] : {
        type       = "metric", x = (index % 2) * 12, y = 10 + 6 * floor(index / 2), width = 12, height = 6
        properties = { title = metric, region = var.cell.region, stat = "Maximum", period = 60, metrics = [[local.own, metric]] }
      }],
      # Bridges say it of each pool.
      [{
        type = "metric", x = 0, y = 22, width = 24, height = 6
        properties = {
          title   = "BridgeStressPercent", region = var.cell.region, stat = "Maximum", period = 60
          metrics = [for kind, name in var.pools : [local.own, "BridgeStressPercent", "Pool", name, { label = kind }] if startswith(kind, "jvb")]
        }
      }],
    )
  })
}
